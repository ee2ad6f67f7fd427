//! `MOTChallenge`: a folder a sequence, pictures in `img1`, boxes of people in `gt/gt.txt`.

use super::output::{Growing, Output};
use super::{ExportError, Item, Writer};
use crate::annotations::Moment;
use crate::layout;

/// `MOTChallenge`'s class of people who walk; others have classes of their own, but the pictures say no more than "a person".
const PEDESTRIAN: u8 = 1;

pub(super) struct Mot<'a> {
    output: &'a Output,
    /// The sequence whose boxes are being written.
    open: Option<(String, Growing)>,
}

impl<'a> Mot<'a> {
    pub(super) fn create(output: &'a Output) -> Self {
        Self { output, open: None }
    }

    fn close(&mut self) -> Result<(), ExportError> {
        self.open
            .take()
            .map_or(Ok(()), |(_, boxes)| self.output.close(boxes))
    }
}

impl Writer for Mot<'_> {
    fn sample(&mut self, item: &Item<'_>) -> Result<(), ExportError> {
        let labels = &item.labels;
        // A picture without a time is a sequence of one frame.
        let moment = labels.moment.unwrap_or(Moment {
            sequence: labels.sample,
            frame: 0,
            frames: 1,
            time_s: 0.0,
            fps: 1.0,
        });
        let name = format!("populace-{:06}", moment.sequence);
        if self.open.as_ref().is_none_or(|(open, _)| *open != name) {
            self.close()?;
            self.output.folder(&format!("{name}/img1"))?;
            self.output.folder(&format!("{name}/gt"))?;
            let about = format!(
                "[Sequence]\nname={name}\nimDir=img1\nframeRate={}\nseqLength={}\nimWidth={}\nimHeight={}\nimExt=.png\n",
                moment.fps, moment.frames, labels.width_px, labels.height_px
            );
            self.output
                .write(&format!("{name}/seqinfo.ini"), about.as_bytes())?;
            let boxes = self.output.open(&format!("{name}/gt/gt.txt"))?;
            self.open = Some((name.clone(), boxes));
        }
        // Frames count from 1 there.
        let frame = moment.frame + 1;
        self.output.write(
            &format!("{name}/img1/{frame:06}.png"),
            &item.file(layout::IMAGES)?,
        )?;
        let Some((_, file)) = &mut self.open else {
            return Ok(());
        };
        for person in &labels.people {
            let boxes = person.boxes.as_ref();
            // Boxes reach behind what hides people, as the challenge's do; who is not seen at all has none.
            let Some(whole) = boxes
                .filter(|b| b.person.is_some())
                .and_then(|b| b.person_amodal)
            else {
                continue;
            };
            let [x, y, width, height] = whole.0;
            let line = format!(
                "{frame},{},{x:.2},{y:.2},{width:.2},{height:.2},1,{PEDESTRIAN},{:.3}\n",
                person.instance,
                person.visible_share.unwrap_or(1.0)
            );
            file.write(line.as_bytes())?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.close()
    }
}
