//! `merge`: shards in, the whole out.

use crate::Verdict;
use crate::args::MergeArgs;
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};
use crate::verb::make::samples;

pub(crate) fn run(args: &MergeArgs, quiet: bool) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    let merged = dataset::merge(&args.shards, &args.out, &meter);
    meter.finish();
    let report = merged?;
    let copied = format!(
        "{} copied, {}",
        samples(report.copied),
        bytes_in_words(report.bytes)
    );
    meter.say(&format!(
        "joined {} in {} ({copied})",
        samples(report.samples),
        args.out.display()
    ));
    Ok(Verdict::Yes)
}
