//! Intel Open Image Denoise, when its library is there: loaded at run time, never required.
//!
//! A network trained on renders (Áfra 2025, version 2), guided by albedo and normals, which are taken to be noisy: hair and lashes are, after a few samples. [`Denoiser::open`] takes the path of the library
//! (`libOpenImageDenoise.so.2` and its kin; the device library and TBB lie beside it); [`Denoiser::denoise`] takes a frame rendered with
//! [`crate::Denoise::Later`].
//!
//! # Determinism
//! Every picture is denoised by one thread, so that the same library on the same processor family gives the same bytes.
#![expect(
    unsafe_code,
    reason = "the library has a C interface; every call to it is in this file"
)]
use crate::{Frame, tracer::Guides};
use libloading::Library;
use std::{
    ffi::{CStr, c_char, c_int, c_void},
    fmt,
    path::Path,
    ptr,
    sync::{Mutex, PoisonError},
};

/// `OIDN_DEVICE_TYPE_CPU`.
const DEVICE_CPU: c_int = 1;
/// `OIDN_FORMAT_FLOAT3`.
const FORMAT_FLOAT3: c_int = 3;

/// How much time a picture is worth: each takes about twice as long as the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quality {
    /// About 0.2 CPU-seconds for 512 × 512.
    Fast,
    /// About 0.4.
    Balanced,
    /// About 0.9.
    High,
}

/// Why the library cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OidnError {
    /// The file is not there, is no library, or lacks a function.
    Load {
        /// What the system's loader said.
        found: String,
    },
    /// The library is older than version 2.
    Version {
        /// `major · 10000 + minor · 100 + patch`.
        found: i32,
    },
    /// The library refused.
    Refused {
        /// Its own words.
        message: String,
    },
}

impl OidnError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Load { .. } => "`populace packs install oidn` installs it for Linux on x86-64",
            Self::Version { .. } => "version 2.0 or later is needed",
            Self::Refused { .. } => {
                "render without it (`quality.denoise=own`), and report this if it lasts"
            }
        }
    }
}

impl fmt::Display for OidnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load { found } => write!(f, "Open Image Denoise cannot be loaded: {found}"),
            Self::Version { found } => write!(
                f,
                "Open Image Denoise is version {}.{}, which is too old",
                found / 10000,
                found / 100 % 100
            ),
            Self::Refused { message } => {
                write!(f, "Open Image Denoise refused the picture: {message}")
            }
        }
    }
}

impl std::error::Error for OidnError {}

type Device = *mut c_void;
type Filter = *mut c_void;

/// The C functions used, as `oidn.h` of version 2 declares them.
struct Functions {
    new_device: unsafe extern "C" fn(c_int) -> Device,
    set_device_bool: unsafe extern "C" fn(Device, *const c_char, bool),
    set_device_int: unsafe extern "C" fn(Device, *const c_char, c_int),
    get_device_int: unsafe extern "C" fn(Device, *const c_char) -> c_int,
    commit_device: unsafe extern "C" fn(Device),
    release_device: unsafe extern "C" fn(Device),
    get_device_error: unsafe extern "C" fn(Device, *mut *const c_char) -> c_int,
    new_filter: unsafe extern "C" fn(Device, *const c_char) -> Filter,
    set_filter_image: unsafe extern "C" fn(
        Filter,
        *const c_char,
        *mut c_void,
        c_int,
        usize,
        usize,
        usize,
        usize,
        usize,
    ),
    set_filter_bool: unsafe extern "C" fn(Filter, *const c_char, bool),
    set_filter_int: unsafe extern "C" fn(Filter, *const c_char, c_int),
    commit_filter: unsafe extern "C" fn(Filter),
    execute_filter: unsafe extern "C" fn(Filter),
    release_filter: unsafe extern "C" fn(Filter),
}

/// The library, with a device for each thread that has asked at the same time.
pub struct Denoiser {
    // Dropped before the library they come from: fields are dropped in order.
    idle: Mutex<Vec<Worker>>,
    version: i32,
    functions: Functions,
    _library: Library,
}

impl fmt::Debug for Denoiser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denoiser")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// One single-threaded device and its filter, made for one size of picture.
struct Worker {
    device: Device,
    filter: Filter,
    release_device: unsafe extern "C" fn(Device),
    release_filter: unsafe extern "C" fn(Filter),
    width: usize,
    height: usize,
    quality: Quality,
    colour: Vec<[f32; 3]>,
    albedo: Vec<[f32; 3]>,
    normal: Vec<[f32; 3]>,
    output: Vec<[f32; 3]>,
}

// SAFETY: device and filter are reference-counted objects without thread affinity ("All API functions are thread-safe", OIDN documentation, section
// "Device"); a worker is used by one thread at a time.
unsafe impl Send for Worker {}

impl Drop for Worker {
    fn drop(&mut self) {
        // SAFETY: both handles came from the library, are not null, and are released once; the library is still loaded (see `Denoiser`).
        unsafe {
            (self.release_filter)(self.filter);
            (self.release_device)(self.device);
        }
    }
}

impl Denoiser {
    /// Loads the library at `path`; a bare file name is looked for where the system's loader looks.
    ///
    /// # Errors
    /// [`OidnError::Load`] when there is none, [`OidnError::Version`] when it is too old.
    pub fn open(path: &Path) -> Result<Self, OidnError> {
        let load = |error: libloading::Error| OidnError::Load {
            found: error.to_string(),
        };
        // SAFETY: loading runs the library's initialisers; the caller names a library that is meant to be run.
        let library = unsafe { Library::new(path) }.map_err(load)?;
        // SAFETY: the signatures are those of `oidn.h`, version 2; the pointers live no longer than the library, which is kept beside them.
        let functions = unsafe {
            Functions {
                new_device: *library.get(b"oidnNewDevice\0").map_err(load)?,
                set_device_bool: *library.get(b"oidnSetDeviceBool\0").map_err(load)?,
                set_device_int: *library.get(b"oidnSetDeviceInt\0").map_err(load)?,
                get_device_int: *library.get(b"oidnGetDeviceInt\0").map_err(load)?,
                commit_device: *library.get(b"oidnCommitDevice\0").map_err(load)?,
                release_device: *library.get(b"oidnReleaseDevice\0").map_err(load)?,
                get_device_error: *library.get(b"oidnGetDeviceError\0").map_err(load)?,
                new_filter: *library.get(b"oidnNewFilter\0").map_err(load)?,
                set_filter_image: *library.get(b"oidnSetSharedFilterImage\0").map_err(load)?,
                set_filter_bool: *library.get(b"oidnSetFilterBool\0").map_err(load)?,
                set_filter_int: *library.get(b"oidnSetFilterInt\0").map_err(load)?,
                commit_filter: *library.get(b"oidnCommitFilter\0").map_err(load)?,
                execute_filter: *library.get(b"oidnExecuteFilter\0").map_err(load)?,
                release_filter: *library.get(b"oidnReleaseFilter\0").map_err(load)?,
            }
        };
        let mut denoiser = Self {
            idle: Mutex::new(Vec::new()),
            version: 0,
            functions,
            _library: library,
        };
        let device = denoiser.device()?;
        // SAFETY: `device` is a live device; it is released once, here.
        unsafe {
            denoiser.version = (denoiser.functions.get_device_int)(device, c"version".as_ptr());
            (denoiser.functions.release_device)(device);
        }
        if denoiser.version < 20000 {
            return Err(OidnError::Version {
                found: denoiser.version,
            });
        }
        Ok(denoiser)
    }

    /// `2.5.1`.
    pub fn version(&self) -> String {
        let version = self.version;
        format!(
            "{}.{}.{}",
            version / 10000,
            version / 100 % 100,
            version % 100
        )
    }

    /// Replaces a frame's radiance, guided by what [`crate::Denoise::Later`] left in it. A frame without guides is denoised by its radiance alone.
    ///
    /// # Errors
    /// [`OidnError::Refused`] when the library cannot (out of memory, no CPU it knows). The frame is then as it was.
    pub fn denoise(&self, frame: &mut Frame, quality: Quality) -> Result<(), OidnError> {
        let (width, height) = (frame.width as usize, frame.height as usize);
        let idle = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.iter()
                .position(|worker| {
                    (worker.width, worker.height, worker.quality) == (width, height, quality)
                        && worker.albedo.is_empty() == frame.guides.is_none()
                })
                .map(|index| idle.swap_remove(index))
        };
        let mut worker = match idle {
            Some(worker) => worker,
            None => self.worker(width, height, quality, frame.guides.is_some())?,
        };
        worker.colour.copy_from_slice(&frame.radiance);
        if let Some(Guides { albedo, normal }) = &frame.guides {
            worker.albedo.copy_from_slice(albedo);
            worker.normal.copy_from_slice(normal);
        }
        // SAFETY: the filter is committed, and the buffers it was given are alive, of the size it was told, and not moved since.
        unsafe { (self.functions.execute_filter)(worker.filter) };
        self.check(worker.device)?;
        frame.radiance.copy_from_slice(&worker.output);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // Sizes may vary from sample to sample: what has not been asked for lately makes room.
        if idle.len() >= MOST_IDLE {
            idle.remove(0);
        }
        idle.push(worker);
        Ok(())
    }

    fn device(&self) -> Result<Device, OidnError> {
        let functions = &self.functions;
        // SAFETY: plain calls of the C interface; the device is checked before it is used.
        unsafe {
            let device = (functions.new_device)(DEVICE_CPU);
            if device.is_null() {
                self.check(ptr::null_mut())?;
                return Err(OidnError::Refused {
                    message: "it has no device for this processor".to_owned(),
                });
            }
            (functions.set_device_int)(device, c"numThreads".as_ptr(), 1);
            // Pinning threads to cores would pin those of everybody who renders beside.
            (functions.set_device_bool)(device, c"setAffinity".as_ptr(), false);
            (functions.commit_device)(device);
            if let Err(error) = self.check(device) {
                (functions.release_device)(device);
                return Err(error);
            }
            Ok(device)
        }
    }

    fn worker(
        &self,
        width: usize,
        height: usize,
        quality: Quality,
        guided: bool,
    ) -> Result<Worker, OidnError> {
        let functions = &self.functions;
        let device = self.device()?;
        let buffer = |wanted: bool| vec![[0.0; 3]; if wanted { width * height } else { 0 }];
        // SAFETY: the device is live; the filter is checked before it is used, and owned by the worker from then on.
        let filter = unsafe { (functions.new_filter)(device, c"RT".as_ptr()) };
        if filter.is_null() {
            let refused = self.check(device);
            // SAFETY: the device is live and released once, here.
            unsafe { (functions.release_device)(device) };
            refused?;
            return Err(OidnError::Refused {
                message: "it has no ray tracing filter".to_owned(),
            });
        }
        let mut worker = Worker {
            device,
            filter,
            release_device: functions.release_device,
            release_filter: functions.release_filter,
            width,
            height,
            quality,
            colour: buffer(true),
            albedo: buffer(guided),
            normal: buffer(guided),
            output: buffer(true),
        };
        let set = |name: &CStr, pixels: &mut [[f32; 3]]| {
            // SAFETY: `pixels` has `width · height` tightly packed triples; it is part of the worker that owns the filter, and is never resized.
            unsafe {
                (functions.set_filter_image)(
                    filter,
                    name.as_ptr(),
                    pixels.as_mut_ptr().cast(),
                    FORMAT_FLOAT3,
                    width,
                    height,
                    0,
                    0,
                    0,
                );
            }
        };
        set(c"color", &mut worker.colour);
        set(c"output", &mut worker.output);
        if guided {
            set(c"albedo", &mut worker.albedo);
            set(c"normal", &mut worker.normal);
        }
        let quality = match quality {
            Quality::Fast => 4,
            Quality::Balanced => 5,
            Quality::High => 6,
        };
        // SAFETY: the filter is live; names and types are those of the filter `RT`.
        unsafe {
            (functions.set_filter_bool)(filter, c"hdr".as_ptr(), true);
            (functions.set_filter_bool)(filter, c"cleanAux".as_ptr(), false);
            (functions.set_filter_int)(filter, c"quality".as_ptr(), quality);
            (functions.commit_filter)(filter);
        }
        self.check(device)?;
        Ok(worker)
    }

    /// The library's last complaint, if there is one; a null device asks for this thread's.
    fn check(&self, device: Device) -> Result<(), OidnError> {
        let mut message: *const c_char = ptr::null();
        // SAFETY: the device is live or null, which the function allows; the message, if any, is a C string that lives until the next call.
        unsafe {
            if (self.functions.get_device_error)(device, &raw mut message) == 0 {
                return Ok(());
            }
            let message = if message.is_null() {
                "no reason given".to_owned()
            } else {
                CStr::from_ptr(message).to_string_lossy().into_owned()
            };
            Err(OidnError::Refused { message })
        }
    }
}

/// Workers kept for the next picture.
const MOST_IDLE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_there_is_a_sentence_with_a_hint() {
        let error = Denoiser::open(Path::new("/nowhere/libOpenImageDenoise.so.2"))
            .expect_err("there is no such file");
        let sentence = error.to_string();
        assert!(
            sentence.starts_with("Open Image Denoise cannot be loaded: "),
            "{sentence}"
        );
        assert!(error.hint().contains("packs install oidn"));
    }
}
