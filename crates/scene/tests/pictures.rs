//! What is written reads back exactly; foreign pictures become the texels they show; no bytes make a reader panic.
use proptest::prelude::*;
use scene::read::{self, Fault, Meaning};
use scene::texture::Texels;
use scene::write;

const GREY_JPEG: &[u8] = include_bytes!("data/ramp_grey.jpg");
const RGB_JPEG: &[u8] = include_bytes!("data/ramp_rgb_progressive.jpg");

fn png(width: u32, height: u32, layout: (png::ColorType, png::BitDepth), data: &[u8]) -> Vec<u8> {
    png_with(width, height, layout, data, |_| ())
}

fn png_with(
    width: u32,
    height: u32,
    layout: (png::ColorType, png::BitDepth),
    data: &[u8],
    adjust: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(layout.0);
    encoder.set_depth(layout.1);
    adjust(&mut encoder);
    let mut writer = encoder.write_header().expect("header");
    writer.write_image_data(data).expect("data");
    writer.finish().expect("end");
    file
}

fn colour(bytes: &[u8]) -> Vec<[u8; 4]> {
    match read::texture_from_bytes(bytes, Meaning::Colour)
        .expect("sound")
        .texels
    {
        Texels::Srgba8(texels) => texels,
        other => panic!("expected colours, found {other:?}"),
    }
}

fn radiance(bytes: &[u8]) -> Vec<[f32; 3]> {
    match read::texture_from_bytes(bytes, Meaning::Colour)
        .expect("sound")
        .texels
    {
        Texels::Rgb32(texels) => texels,
        other => panic!("expected radiance, found {other:?}"),
    }
}

fn exr(
    compression: exr::prelude::Compression,
    planes: &[(&str, Vec<f32>)],
    width: usize,
) -> Vec<u8> {
    use exr::prelude::*;
    let channels = planes
        .iter()
        .map(|(name, samples)| {
            let half = samples
                .iter()
                .map(|&sample| f16::from_f32(sample))
                .collect();
            AnyChannel::new(Text::from(*name), FlatSamples::F16(half))
        })
        .collect();
    let encoding = Encoding {
        compression,
        blocks: Blocks::ScanLines,
        line_order: LineOrder::Increasing,
    };
    let layer = Layer::new(
        (width, planes[0].1.len() / width),
        LayerAttributes::default(),
        encoding,
        AnyChannels::sort(channels),
    );
    let mut file = std::io::Cursor::new(Vec::new());
    Image::from_layer(layer)
        .write()
        .non_parallel()
        .to_buffered(&mut file)
        .expect("memory");
    file.into_inner()
}

#[test]
fn every_png_layout_becomes_the_colours_it_shows() {
    use png::{BitDepth, ColorType};
    let cases: [(Vec<u8>, [u8; 4]); 8] = [
        (
            png(1, 1, (ColorType::Grayscale, BitDepth::Eight), &[7]),
            [7, 7, 7, 255],
        ),
        (
            png(1, 1, (ColorType::Grayscale, BitDepth::One), &[0x80]),
            [255, 255, 255, 255],
        ),
        (
            png(1, 1, (ColorType::Grayscale, BitDepth::Sixteen), &[9, 200]),
            [9, 9, 9, 255],
        ),
        (
            png(1, 1, (ColorType::GrayscaleAlpha, BitDepth::Eight), &[7, 30]),
            [7, 7, 7, 30],
        ),
        (
            png(1, 1, (ColorType::Rgb, BitDepth::Eight), &[1, 2, 3]),
            [1, 2, 3, 255],
        ),
        (
            png(1, 1, (ColorType::Rgba, BitDepth::Eight), &[1, 2, 3, 4]),
            [1, 2, 3, 4],
        ),
        (
            png(
                1,
                1,
                (ColorType::Rgba, BitDepth::Sixteen),
                &[1, 0, 2, 0, 3, 0, 4, 0],
            ),
            [1, 2, 3, 4],
        ),
        (
            png_with(
                1,
                1,
                (ColorType::Indexed, BitDepth::Eight),
                &[1],
                |encoder| {
                    encoder.set_palette(vec![0, 0, 0, 10, 20, 30]);
                    encoder.set_trns(vec![255, 99]);
                },
            ),
            [10, 20, 30, 99],
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(colour(&bytes), [expected]);
    }
}

#[test]
fn data_is_the_first_channel() {
    let bytes = png(
        2,
        1,
        (png::ColorType::Rgb, png::BitDepth::Eight),
        &[1, 2, 3, 4, 5, 6],
    );
    match read::texture_from_bytes(&bytes, Meaning::Data)
        .expect("sound")
        .texels
    {
        Texels::Linear8(texels) => assert_eq!(texels, [1, 4]),
        other => panic!("expected data, found {other:?}"),
    }
}

#[test]
fn jpegs_show_their_ramps() {
    let grey = colour(GREY_JPEG);
    assert_eq!(grey.len(), 24 * 16);
    assert!(grey[0][0] < 4 && grey[23][0] > 251 && grey[12][0].abs_diff(133) < 4);
    let rgb = colour(RGB_JPEG);
    let [r, g, b, a] = rgb[15 * 24];
    assert!(
        r.abs_diff(200) < 6 && g.abs_diff(40) < 6 && b > 245,
        "{:?}",
        rgb[15 * 24]
    );
    assert_eq!(a, 255);
}

#[test]
fn environments_lose_negative_and_impossible_light_only() {
    let planes = [
        ("R", vec![-1.0, 0.5, f32::INFINITY, 2.0]),
        ("G", vec![1.0, f32::NAN, 0.0, 2.0]),
        ("B", vec![1.0, 0.25, f32::NEG_INFINITY, 2.0]),
        ("A", vec![1.0; 4]),
    ];
    let texels = radiance(&exr(exr::prelude::Compression::ZIP16, &planes, 2));
    assert_eq!(
        texels,
        [
            [0.0, 1.0, 1.0],
            [0.5, 0.0, 0.25],
            [65504.0, 0.0, 0.0],
            [2.0; 3]
        ]
    );
}

#[test]
fn the_packaged_environments_compression_is_understood() {
    let plane: Vec<f32> = (0..64 * 64).map(|i| (i % 64) as f32 / 64.0).collect();
    let planes = [
        ("R", plane.clone()),
        ("G", plane.clone()),
        ("B", plane.clone()),
    ];
    let texels = radiance(&exr(exr::prelude::Compression::DWAB(None), &planes, 64));
    for (texel, expected) in texels.iter().zip(plane) {
        assert!(
            (texel[0] - expected).abs() < 0.05,
            "{texel:?} for {expected}"
        );
    }
}

#[test]
fn a_truncated_png_is_a_sentence_with_its_path() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("skin.png");
    let whole = write::png_rgb8(64, 64, &[90; 64 * 64 * 3]);
    std::fs::write(&path, &whole[..whole.len() - 30]).expect("written");
    let error = read::texture(&path, Meaning::Colour).expect_err("truncated");
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("{}: damaged PNG file: ", path.display())),
        "{text}"
    );
    assert!(!text.ends_with('.') && !text.contains('\n'), "{text}");
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("populace packs verify"))
    );
}

#[test]
fn damage_is_told_in_words() {
    let whole = write::png_rgb8(
        64,
        64,
        &(0..64 * 64 * 3)
            .map(|i| (i * i % 251) as u8)
            .collect::<Vec<_>>(),
    );
    let mut changed = whole.clone();
    changed[60] ^= 1;
    for (bytes, expected) in [
        (&whole[..30], "damaged PNG file: the file ends too early"),
        (
            &changed,
            "damaged PNG file: the checksum of a block does not fit its bytes",
        ),
    ] {
        let error = read::texture_from_bytes(bytes, Meaning::Colour).expect_err("damaged");
        assert_eq!(error.to_string(), expected);
    }
    for seed in seeds() {
        for at in 0..seed.len().min(400) {
            let mut bytes = seed.clone();
            bytes[at] ^= 0x55;
            if let Err(error) = read::texture_from_bytes(&bytes, Meaning::Colour) {
                let text = error.to_string();
                assert!(
                    !text.contains(['{', '\n', '"']) && !text.ends_with('.'),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    let error =
        read::texture(std::path::Path::new("no/such.png"), Meaning::Colour).expect_err("missing");
    assert!(matches!(error.fault(), Fault::Unreadable(_)));
    assert!(
        error
            .to_string()
            .starts_with("no/such.png: cannot be read: ")
    );
}

#[test]
fn a_picture_that_would_not_fit_is_refused_before_memory_is_taken() {
    // A sound header that announces 2^30 texels, then nothing.
    let mut bytes = png(1, 1, (png::ColorType::Rgba, png::BitDepth::Eight), &[0; 4]);
    bytes[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
    let mut checksum = flate2::Crc::new();
    checksum.update(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.sum().to_be_bytes());
    let error = read::texture_from_bytes(&bytes, Meaning::Colour).expect_err("too large");
    assert!(
        matches!(
            error.fault(),
            Fault::TooLarge {
                width: 32768,
                height: 32768
            }
        ),
        "{error}"
    );
}

#[test]
fn a_typed_reader_says_what_it_found_instead() {
    let error = read::png_grey8(&write::png_rgb8(1, 1, &[1, 2, 3])).expect_err("another layout");
    assert_eq!(
        error.to_string(),
        "expected a PNG with 8-bit grey samples, found a PNG with 8-bit RGB samples"
    );
    let error =
        read::exr_channel(&write::exr_layers(1, 1, &[("Z", &[1.0])]), "X").expect_err("no X");
    assert_eq!(error.to_string(), "expected a channel X, found only Z");
}

#[test]
fn written_bytes_never_change() {
    // Bytes of data sets are a promise: when this fails, a dependency changed its compression. Pin it back, or state the change
    // under *output* in the changelog and put the new numbers here.
    let ramp8: Vec<u8> = (0..48 * 32 * 3).map(|i| (i * i / 7 % 256) as u8).collect();
    let ramp16: Vec<u16> = (0..48 * 32 * 3).map(|i| (i * 13 % 65_536) as u16).collect();
    let ramp32: Vec<f32> = (0..48 * 32).map(|i| i as f32 * 0.37).collect();
    let sums: Vec<u32> = [
        write::png_rgb8(48, 32, &ramp8),
        write::png_grey8(48, 32, &ramp8[..48 * 32]),
        write::png_grey16(48, 32, &ramp16[..48 * 32]),
        write::png_rgb16(48, 32, &ramp16),
        write::exr_layers(48, 32, &[("Z", &ramp32)]),
    ]
    .iter()
    .map(|file| {
        let mut checksum = flate2::Crc::new();
        checksum.update(file);
        checksum.sum()
    })
    .collect();
    assert_eq!(
        sums,
        [586723105, 3190733014, 2355373679, 248942179, 3428721452]
    );
}

#[test]
fn a_pool_of_any_size_writes_the_same_exr() {
    let plane: Vec<f32> = (0..200 * 100).map(|i| (i as f32).sqrt()).collect();
    let write = || write::exr_layers(200, 100, &[("nx", &plane), ("Z", &plane)]);
    let plain = write();
    let handles: Vec<_> = (0..4)
        .map(|_| {
            let plane = plane.clone();
            std::thread::spawn(move || {
                write::exr_layers(200, 100, &[("nx", &plane), ("Z", &plane)])
            })
        })
        .collect();
    for handle in handles {
        assert_eq!(handle.join().expect("no panic"), plain);
    }
}

fn size() -> impl Strategy<Value = (u32, u32)> {
    (1_u32..40, 1_u32..40)
}

fn sized<T: std::fmt::Debug + Clone + Arbitrary + 'static>(
    channels: usize,
) -> impl Strategy<Value = (u32, u32, Vec<T>)> {
    size().prop_flat_map(move |(width, height)| {
        let count = width as usize * height as usize * channels;
        (
            Just(width),
            Just(height),
            proptest::collection::vec(any::<T>(), count),
        )
    })
}

fn seeds() -> Vec<Vec<u8>> {
    let plane: Vec<f32> = (0..32 * 32).map(|i| i as f32 * 0.01).collect();
    let planes = [
        ("R", plane.clone()),
        ("G", plane.clone()),
        ("B", plane.clone()),
    ];
    let compressions = {
        use exr::prelude::Compression::{B44, DWAA, DWAB, PIZ, PXR24, RLE, Uncompressed, ZIP16};
        [
            Uncompressed,
            RLE,
            ZIP16,
            PIZ,
            PXR24,
            B44,
            DWAA(None),
            DWAB(None),
        ]
    };
    let mut seeds = vec![
        write::png_rgb8(8, 8, &[9; 192]),
        write::png_grey16(8, 8, &[900; 64]),
        GREY_JPEG.to_vec(),
        RGB_JPEG.to_vec(),
        b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n\x80\x40\x00\x81\x01\x02\x03\x00"
            .to_vec(),
    ];
    seeds.extend(compressions.map(|compression| exr(compression, &planes, 32)));
    seeds
}

/// Every reader sees every input.
fn read_everything(bytes: &[u8]) {
    for meaning in [Meaning::Colour, Meaning::Data] {
        if let Ok(texture) = read::texture_from_bytes(bytes, meaning) {
            assert!(
                texture
                    .sample_linear(0.3, 0.7)
                    .iter()
                    .all(|value| value.is_finite())
            );
        }
    }
    drop(read::png_grey8(bytes));
    drop(read::png_grey16(bytes));
    drop(read::png_rgb8(bytes));
    drop(read::png_rgb16(bytes));
    drop(read::exr_channels(bytes));
}

#[test]
fn every_prefix_of_a_picture_is_read_or_refused() {
    for seed in seeds() {
        let step = (seed.len() / 200).max(1);
        for end in (0..seed.len()).step_by(step) {
            read_everything(&seed[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn grey8_reads_back((width, height, samples) in sized::<u8>(1)) {
        let raster = read::png_grey8(&write::png_grey8(width, height, &samples)).expect("ours");
        prop_assert_eq!((raster.width, raster.height, raster.samples), (width, height, samples));
    }

    #[test]
    fn rgb8_reads_back((width, height, samples) in sized::<u8>(3)) {
        let raster = read::png_rgb8(&write::png_rgb8(width, height, &samples)).expect("ours");
        prop_assert_eq!((raster.width, raster.height, raster.samples), (width, height, samples));
    }

    #[test]
    fn grey16_reads_back((width, height, samples) in sized::<u16>(1)) {
        let raster = read::png_grey16(&write::png_grey16(width, height, &samples)).expect("ours");
        prop_assert_eq!((raster.width, raster.height, raster.samples), (width, height, samples));
    }

    #[test]
    fn rgb16_reads_back((width, height, samples) in sized::<u16>(3)) {
        let raster = read::png_rgb16(&write::png_rgb16(width, height, &samples)).expect("ours");
        prop_assert_eq!((raster.width, raster.height, raster.samples), (width, height, samples));
    }

    #[test]
    fn exr_planes_read_back_bit_for_bit((width, height, bits) in sized::<u32>(2)) {
        let samples: Vec<f32> = bits.iter().map(|&bits| f32::from_bits(bits)).collect();
        let (z, x) = samples.split_at(samples.len() / 2);
        let file = write::exr_layers(width, height, &[("Z", z), ("X", x)]);
        for (name, plane) in [("Z", z), ("X", x)] {
            let raster = read::exr_channel(&file, name).expect("ours");
            prop_assert_eq!((raster.width, raster.height), (width, height));
            let same = raster.samples.iter().zip(plane).all(|(a, b)| a.to_bits() == b.to_bits());
            prop_assert!(same, "{}", name);
        }
    }

    #[test]
    fn any_bytes_behind_a_known_start_are_read_or_refused(
        start in prop::sample::select(vec![&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff", b"\x76\x2f\x31\x01", b"#?RADIANCE\n\n", b""]),
        rest in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let mut bytes = start.to_vec();
        bytes.extend(rest);
        read_everything(&bytes);
    }

    #[test]
    fn a_picture_with_changed_bytes_is_read_or_refused(
        which in 0_usize..13,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = seeds().swap_remove(which);
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        read_everything(&bytes);
    }
}
