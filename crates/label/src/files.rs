//! The files and scalars of one sample.

use dataset::{Artefact, Scalar};
use render::Layers;
use scene::write;

use crate::annotations::{
    AnnotationsError, BoxPx, ProductLabels, SampleLabels, VehicleLabels, write as write_annotations,
};
use crate::kind::LabelKind;
use crate::vehicle::{DamageLabel, repairs};
use crate::{class, layout};

/// All files of one sample, in a fixed order: the picture (`image_png`, as it is), the annotations, then the pictures among the wanted
/// labels. [`layout`] says how each is encoded.
///
/// # Errors
/// A label that is not a finite number.
pub fn files(
    labels: &SampleLabels,
    layers: &Layers,
    image_png: Vec<u8>,
) -> Result<Vec<Artefact>, AnnotationsError> {
    let (w, h) = (labels.width_px, labels.height_px);
    let wants = |kind: LabelKind| labels.labels.iter().any(|name| name == kind.name());
    let mut all = vec![
        artefact(layout::IMAGES, "png", image_png),
        artefact(layout::ANNOTATIONS, "json", write_annotations(labels)?),
    ];
    if wants(LabelKind::FaceParsing) {
        let classes: Vec<u8> = layers.part.iter().map(|part| class::of(*part)).collect();
        all.push(artefact(
            layout::PARSING,
            "png",
            write::png_grey8(w, h, &classes),
        ));
    }
    if wants(LabelKind::Parts) {
        let parts: Vec<u8> = layers.part.iter().map(|part| *part as u8).collect();
        all.push(artefact(
            layout::PARTS,
            "png",
            write::png_grey8(w, h, &parts),
        ));
    }
    if wants(LabelKind::Instances) {
        all.push(artefact(
            layout::INSTANCES,
            "png",
            write::png_grey16(w, h, &layers.instance),
        ));
    }
    if wants(LabelKind::Depth) {
        all.push(artefact(
            layout::DEPTH,
            "exr",
            write::exr_layers(w, h, &[(layout::DEPTH_CHANNEL, &layers.depth_m)]),
        ));
    }
    if wants(LabelKind::Normals) {
        let normals: Vec<u16> = layers
            .normal_camera
            .iter()
            .flat_map(|n| layout::encode_normal(*n))
            .collect();
        all.push(artefact(
            layout::NORMALS,
            "png",
            write::png_rgb16(w, h, &normals),
        ));
    }
    if wants(LabelKind::Albedo) {
        let colours: Vec<u8> = layers
            .albedo
            .iter()
            .flatten()
            .map(|c| layout::encode_srgb(*c))
            .collect();
        all.push(artefact(
            layout::ALBEDO,
            "png",
            write::png_rgb8(w, h, &colours),
        ));
    }
    if wants(LabelKind::Uv) {
        let [u, v]: [Vec<f32>; 2] =
            [0, 1].map(|axis| layers.uv.iter().map(|uv| uv[axis]).collect());
        let [u_name, v_name] = layout::UV_CHANNELS;
        all.push(artefact(
            layout::UV,
            "exr",
            write::exr_layers(w, h, &[(u_name, &u), (v_name, &v)]),
        ));
    }
    let of_vehicle = labels.vehicles.first().map(|v| &v.damages);
    let of_product = labels.products.first().map(|p| &p.damages);
    if let Some(damages) = of_vehicle.or(of_product).and_then(Option::as_deref) {
        all.push(artefact(layout::REPAIR, "json", repairs_json(damages)?));
    }
    Ok(all)
}

fn repairs_json(damages: &[DamageLabel]) -> Result<Vec<u8>, AnnotationsError> {
    let mut bytes = serde_json::to_vec(&repairs(damages))
        .map_err(|error| AnnotationsError::new(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The file of what a depth camera measured (`[height * width]`, metres, 0 where nothing): not a label, but kept beside the exact depth.
pub fn measured_depth(width: u32, height: u32, depth_m: &[f32]) -> Artefact {
    artefact(
        layout::DEPTH_SENSOR,
        "exr",
        write::exr_layers(width, height, &[(layout::DEPTH_CHANNEL, depth_m)]),
    )
}

fn artefact(folder: &'static str, extension: &'static str, bytes: Vec<u8>) -> Artefact {
    Artefact {
        folder,
        extension,
        bytes,
    }
}

/// Labels of the first person or vehicle as columns of `rows.parquet`, all named `label.…`; the same names and types for every sample of a recipe.
///
/// Shares and counts are exact. A number that does not exist, such as the box of a face of which nothing is in the picture, is NaN,
/// which the data set stores as missing.
pub fn scalars(labels: &SampleLabels, layers: &Layers) -> Vec<(String, Scalar)> {
    if let Some(vehicle) = labels.vehicles.first() {
        return of_vehicle(vehicle, layers);
    }
    if let Some(product) = labels.products.first() {
        return of_product(product, layers);
    }
    let mut all: Vec<(String, Scalar)> = Vec::new();
    let mut number = |name: String, value: f64| all.push((name, Scalar::Number(value)));
    let wants = |kind: LabelKind| labels.labels.iter().any(|name| name == kind.name());
    let person = labels.people.first();
    if wants(LabelKind::Boxes) {
        let boxes = person.and_then(|p| p.boxes);
        for (name, one) in [
            ("face", boxes.and_then(|b| b.face)),
            ("head", boxes.and_then(|b| b.head)),
        ] {
            let BoxPx(sides) = one.unwrap_or(BoxPx([f64::NAN; 4]));
            for (side, value) in ["x_px", "y_px", "width_px", "height_px"]
                .into_iter()
                .zip(sides)
            {
                number(format!("label.{name}.{side}"), value);
            }
        }
    }
    let instance = person.map_or(0, |p| p.instance);
    let pixels = layers.part.iter().zip(&layers.instance);
    let of_face = pixels
        .filter(|(part, i)| **i == instance && instance != 0 && class::in_face_box(**part))
        .count();
    number(
        "label.face.pixel_share".to_owned(),
        of_face as f64 / layers.part.len().max(1) as f64,
    );
    if wants(LabelKind::Landmarks) {
        let points = person
            .and_then(|p| p.landmarks.as_deref())
            .unwrap_or_default();
        let share = |keep: fn(&crate::annotations::Landmark) -> bool| {
            points.iter().filter(|p| keep(p)).count() as f64 / points.len().max(1) as f64
        };
        number(
            "label.landmarks.visible_share".to_owned(),
            share(|p| p.visible),
        );
        number(
            "label.landmarks.inside_share".to_owned(),
            share(|p| p.inside),
        );
    }
    if wants(LabelKind::HeadPose) {
        let pose = person.and_then(|p| p.head_pose);
        let angles = pose.map_or([f64::NAN; 3], |p| [p.yaw_deg, p.pitch_deg, p.roll_deg]);
        for (name, value) in ["yaw", "pitch", "roll"].into_iter().zip(angles) {
            number(format!("label.head.{name}_deg"), value);
        }
        let distance = pose.map_or(f64::NAN, |p| p.translation_m[2]);
        number("label.head.depth_m".to_owned(), distance);
    }
    for (eye, side) in ["right", "left"].into_iter().enumerate() {
        if wants(LabelKind::Gaze) {
            let gaze = person.and_then(|p| p.gaze).map(|g| g[eye]);
            number(
                format!("label.gaze.{side}.yaw_deg"),
                gaze.map_or(f64::NAN, |g| g.yaw_camera_deg),
            );
            number(
                format!("label.gaze.{side}.pitch_deg"),
                gaze.map_or(f64::NAN, |g| g.pitch_camera_deg),
            );
        }
        if wants(LabelKind::Eyelids) {
            let lids = person.and_then(|p| p.eyelids).map(|e| e[eye]);
            number(
                format!("label.eyelids.{side}.opening"),
                lids.map_or(f64::NAN, |e| e.opening),
            );
        }
    }
    all.push((
        "label.people".to_owned(),
        Scalar::Integer(labels.people.len().try_into().unwrap_or(i64::MAX)),
    ));
    all.push(("label.face.visible".to_owned(), Scalar::Flag(of_face > 0)));
    all
}

fn of_vehicle(vehicle: &VehicleLabels, layers: &Layers) -> Vec<(String, Scalar)> {
    let mut all: Vec<(String, Scalar)> = Vec::new();
    let mut number = |name: &str, value: f64| all.push((name.to_owned(), Scalar::Number(value)));
    if let Some(boxes) = vehicle.boxes {
        let BoxPx(sides) = boxes.vehicle.unwrap_or(BoxPx([f64::NAN; 4]));
        for (side, value) in ["x_px", "y_px", "width_px", "height_px"]
            .into_iter()
            .zip(sides)
        {
            number(&format!("label.vehicle.{side}"), value);
        }
    }
    let pixels = layers.part.len().max(1) as f64;
    let own = layers.instance.iter().filter(|of| **of == vehicle.instance);
    number("label.vehicle.pixel_share", own.count() as f64 / pixels);
    if let Some(pose) = vehicle.pose {
        number("label.vehicle.rotation_y_deg", pose.rotation_y_deg);
        number("label.vehicle.depth_m", pose.translation_m[2]);
    }
    if let Some(damages) = &vehicle.damages {
        of_damages(damages, pixels, &mut all);
    }
    all
}

fn of_product(product: &ProductLabels, layers: &Layers) -> Vec<(String, Scalar)> {
    let mut all: Vec<(String, Scalar)> = Vec::new();
    if let Some(boxes) = product.boxes {
        let BoxPx(sides) = boxes.product.unwrap_or(BoxPx([f64::NAN; 4]));
        for (side, value) in ["x_px", "y_px", "width_px", "height_px"]
            .into_iter()
            .zip(sides)
        {
            all.push((format!("label.product.{side}"), Scalar::Number(value)));
        }
    }
    let pixels = layers.part.len().max(1) as f64;
    let own = layers.instance.iter().filter(|of| **of == product.instance);
    let share = own.count() as f64 / pixels;
    all.push((
        "label.product.pixel_share".to_owned(),
        Scalar::Number(share),
    ));
    if let Some(damages) = &product.damages {
        of_damages(damages, pixels, &mut all);
    }
    all
}

fn of_damages(damages: &[DamageLabel], pixels: f64, all: &mut Vec<(String, Scalar)>) {
    let mut number = |name: &str, value: f64| all.push((name.to_owned(), Scalar::Number(value)));
    let seen: u64 = damages.iter().map(|damage| damage.pixels).sum();
    number("label.damage.pixel_share", seen as f64 / pixels);
    let area = damages.iter().map(|damage| damage.area_cm2).sum();
    number("label.damage.area_cm2", area);
    let depths = damages.iter().map(|damage| damage.depth_mm);
    number("label.damage.depth_mm", depths.fold(0.0, f64::max));
    let count = damages.len().try_into().unwrap_or(i64::MAX);
    all.push(("label.damages".to_owned(), Scalar::Integer(count)));
}
