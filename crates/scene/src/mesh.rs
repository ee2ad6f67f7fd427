//! Triangle meshes.
use glam::{Vec2, Vec3};

/// Indexed triangles with per-vertex normals and texture coordinates, and a part per triangle.
#[derive(Debug, Clone, Default)]
pub struct Mesh {
    /// `[n]`, metres, world space.
    pub positions: Vec<Vec3>,
    /// `[n]`, unit length, smooth shading normals.
    pub normals: Vec<Vec3>,
    /// `[n]`, v runs *up* (OBJ, MakeHuman): texel row = `(1 - v) * height`. May lie outside `[0, 1]`: textures repeat.
    pub uvs: Vec<Vec2>,
    /// `[m]`, counter-clockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
    /// `[m]`, what each triangle is; see [`Part`].
    pub parts: Vec<Part>,
}

impl Mesh {
    /// Adds another's vertices and triangles.
    pub fn append(&mut self, other: &Self) {
        let first = self.positions.len() as u32;
        self.positions.extend_from_slice(&other.positions);
        self.normals.extend_from_slice(&other.normals);
        self.uvs.extend_from_slice(&other.uvs);
        let moved = other.triangles.iter().map(|t| t.map(|v| v + first));
        self.triangles.extend(moved);
        self.parts.extend_from_slice(&other.parts);
    }
}

/// What a surface is, as labels know it. The first block carries the FaceSynthetics parsing ids (Wood et al. 2021) as its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Part {
    /// Nothing of interest.
    #[default]
    Background = 0,
    /// Face and scalp skin, without the parts below.
    FaceSkin = 1,
    /// Nose.
    Nose = 2,
    /// The visible ball of the person's right eye.
    RightEye = 3,
    /// The visible ball of the person's left eye.
    LeftEye = 4,
    /// Right eyebrow.
    RightBrow = 5,
    /// Left eyebrow.
    LeftBrow = 6,
    /// Right ear.
    RightEar = 7,
    /// Left ear.
    LeftEar = 8,
    /// Inside of lips and cheeks, gums.
    MouthInterior = 9,
    /// Upper lip.
    TopLip = 10,
    /// Lower lip.
    BottomLip = 11,
    /// Neck skin.
    Neck = 12,
    /// Hair of the head.
    Hair = 13,
    /// Hair of the face.
    Beard = 14,
    /// Anything worn on the body.
    Clothing = 15,
    /// Frames of eyewear.
    Glasses = 16,
    /// Hats, caps.
    Headwear = 17,
    /// Masks.
    Facewear = 18,
    // Parts FaceSynthetics has no id of its own for; `label` maps them to one.
    /// Skin of the torso (FaceSynthetics: neck).
    BodySkin = 32,
    /// Upper or lower teeth (FaceSynthetics: mouth interior).
    Teeth = 33,
    /// Tongue (FaceSynthetics: mouth interior).
    Tongue = 34,
    /// Right iris without the pupil (FaceSynthetics: right eye).
    RightIris = 35,
    /// Left iris without the pupil (FaceSynthetics: left eye).
    LeftIris = 36,
    /// Right pupil (FaceSynthetics: right eye).
    RightPupil = 37,
    /// Left pupil (FaceSynthetics: left eye).
    LeftPupil = 38,
    /// Lashes take the class of the eye behind or the skin behind: alpha cards too thin to label (FaceSynthetics: skin).
    RightLashes = 39,
    /// See `RightLashes`.
    LeftLashes = 40,
    /// See-through lens: takes the class behind it.
    ClearLens = 41,
    /// Opaque lens of sunglasses (FaceSynthetics: glasses).
    DarkLens = 42,
    /// Scalp skin above the hairline and behind the ears (FaceSynthetics: skin).
    Scalp = 43,
    /// Skin between right shoulder and elbow, as all limbs of FaceSynthetics' neck.
    RightUpperArm = 44,
    /// Skin between left shoulder and elbow.
    LeftUpperArm = 45,
    /// Skin between right elbow and wrist.
    RightForearm = 46,
    /// Skin between left elbow and wrist.
    LeftForearm = 47,
    /// Skin of the right hand.
    RightHand = 48,
    /// Skin of the left hand.
    LeftHand = 49,
    /// Skin between right hip and knee.
    RightThigh = 50,
    /// Skin between left hip and knee.
    LeftThigh = 51,
    /// Skin between right knee and ankle.
    RightCalf = 52,
    /// Skin between left knee and ankle.
    LeftCalf = 53,
    /// Skin of the right foot.
    RightFoot = 54,
    /// Skin of the left foot.
    LeftFoot = 55,
    /// Earrings (FaceSynthetics has none: facewear).
    Earring = 56,
    // Vehicles; left and right are the driver's. FaceSynthetics: background.
    /// Bonnet of a vehicle.
    Bonnet = 64,
    /// Front bumper of a vehicle.
    FrontBumper = 65,
    /// Rear bumper of a vehicle.
    RearBumper = 66,
    /// Left wing of a vehicle.
    LeftWing = 67,
    /// Right wing of a vehicle.
    RightWing = 68,
    /// Left front door of a vehicle.
    LeftFrontDoor = 69,
    /// Right front door of a vehicle.
    RightFrontDoor = 70,
    /// Left rear door of a vehicle.
    LeftRearDoor = 71,
    /// Right rear door of a vehicle.
    RightRearDoor = 72,
    /// Left quarter of a vehicle.
    LeftQuarter = 73,
    /// Right quarter of a vehicle.
    RightQuarter = 74,
    /// Left sill of a vehicle.
    LeftSill = 75,
    /// Right sill of a vehicle.
    RightSill = 76,
    /// Roof of a vehicle.
    Roof = 77,
    /// Tailgate of a vehicle.
    Tailgate = 78,
    /// Windscreen of a vehicle.
    Windscreen = 79,
    /// Rear window of a vehicle.
    RearWindow = 80,
    /// Left window of a vehicle.
    LeftWindow = 81,
    /// Right window of a vehicle.
    RightWindow = 82,
    /// Left headlamp of a vehicle.
    LeftHeadlamp = 83,
    /// Right headlamp of a vehicle.
    RightHeadlamp = 84,
    /// Left tail lamp of a vehicle.
    LeftTailLamp = 85,
    /// Right tail lamp of a vehicle.
    RightTailLamp = 86,
    /// Lamp inside of a vehicle.
    LampInside = 87,
    /// Grille of a vehicle.
    Grille = 88,
    /// Left mirror of a vehicle.
    LeftMirror = 89,
    /// Right mirror of a vehicle.
    RightMirror = 90,
    /// Mirror glass of a vehicle.
    MirrorGlass = 91,
    /// Handle of a vehicle.
    Handle = 92,
    /// Tyre of a vehicle.
    Tyre = 93,
    /// Rim of a vehicle.
    Rim = 94,
    /// Brake of a vehicle.
    Brake = 95,
    /// Front plate of a vehicle.
    FrontPlate = 96,
    /// Rear plate of a vehicle.
    RearPlate = 97,
    /// Underbody of a vehicle.
    Underbody = 98,
    /// Interior of a vehicle.
    Interior = 99,
    /// A manufactured thing under inspection (FaceSynthetics: background).
    Product = 100,
}

impl Part {
    /// Every part, in the order of their numbers.
    pub const ALL: [Self; 81] = [
        Self::Background,
        Self::FaceSkin,
        Self::Nose,
        Self::RightEye,
        Self::LeftEye,
        Self::RightBrow,
        Self::LeftBrow,
        Self::RightEar,
        Self::LeftEar,
        Self::MouthInterior,
        Self::TopLip,
        Self::BottomLip,
        Self::Neck,
        Self::Hair,
        Self::Beard,
        Self::Clothing,
        Self::Glasses,
        Self::Headwear,
        Self::Facewear,
        Self::BodySkin,
        Self::Teeth,
        Self::Tongue,
        Self::RightIris,
        Self::LeftIris,
        Self::RightPupil,
        Self::LeftPupil,
        Self::RightLashes,
        Self::LeftLashes,
        Self::ClearLens,
        Self::DarkLens,
        Self::Scalp,
        Self::RightUpperArm,
        Self::LeftUpperArm,
        Self::RightForearm,
        Self::LeftForearm,
        Self::RightHand,
        Self::LeftHand,
        Self::RightThigh,
        Self::LeftThigh,
        Self::RightCalf,
        Self::LeftCalf,
        Self::RightFoot,
        Self::LeftFoot,
        Self::Earring,
        Self::Bonnet,
        Self::FrontBumper,
        Self::RearBumper,
        Self::LeftWing,
        Self::RightWing,
        Self::LeftFrontDoor,
        Self::RightFrontDoor,
        Self::LeftRearDoor,
        Self::RightRearDoor,
        Self::LeftQuarter,
        Self::RightQuarter,
        Self::LeftSill,
        Self::RightSill,
        Self::Roof,
        Self::Tailgate,
        Self::Windscreen,
        Self::RearWindow,
        Self::LeftWindow,
        Self::RightWindow,
        Self::LeftHeadlamp,
        Self::RightHeadlamp,
        Self::LeftTailLamp,
        Self::RightTailLamp,
        Self::LampInside,
        Self::Grille,
        Self::LeftMirror,
        Self::RightMirror,
        Self::MirrorGlass,
        Self::Handle,
        Self::Tyre,
        Self::Rim,
        Self::Brake,
        Self::FrontPlate,
        Self::RearPlate,
        Self::Underbody,
        Self::Interior,
        Self::Product,
    ];

    /// Whether it is a part of a vehicle.
    pub const fn is_vehicle(self) -> bool {
        self as u8 >= Self::Bonnet as u8 && self as u8 <= Self::Interior as u8
    }

    /// As files name it, in small letters: `left_front_door`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
        }
        name
    }

    /// The part with a number, as label files and scene files hold it.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|part| *part as u8 == number)
    }
}
