"""Intel Open Image Denoise by its C interface, from the wheel `pyoidn` 2.5.1.0 or any library that is named."""
import ctypes
import importlib.util
from pathlib import Path

import numpy as np

from peer_mitsuba import processor_seconds

FAST, BALANCED, HIGH = 4, 5, 6
_POINTER, _SIZE, _TEXT = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p
_SIGNATURES = {
    "oidnNewDevice": ([ctypes.c_int], _POINTER),
    "oidnSetDeviceInt": ([_POINTER, _TEXT, ctypes.c_int], None),
    "oidnCommitDevice": ([_POINTER], None),
    "oidnGetDeviceError": ([_POINTER, ctypes.POINTER(_TEXT)], ctypes.c_int),
    "oidnNewFilter": ([_POINTER, _TEXT], _POINTER),
    "oidnSetFilterBool": ([_POINTER, _TEXT, ctypes.c_bool], None),
    "oidnSetFilterInt": ([_POINTER, _TEXT, ctypes.c_int], None),
    "oidnSetSharedFilterImage": ([_POINTER, _TEXT, _POINTER, ctypes.c_int] + [_SIZE] * 5, None),
    "oidnCommitFilter": ([_POINTER], None),
    "oidnExecuteFilter": ([_POINTER], None),
    "oidnReleaseFilter": ([_POINTER], None),
}


def wheel():
    """The library inside the installed wheel."""
    package = importlib.util.find_spec("pyoidn")
    if package is None:
        raise SystemExit("no Open Image Denoise: pip install pyoidn==2.5.1.0")
    return next(Path(package.submodule_search_locations[0]).glob("oidn/lib/libOpenImageDenoise.so.2.*"))


class Denoiser:
    """One device and, for pictures of one size, one prepared filter, as a pipeline would keep them."""

    def __init__(self, library=None, threads=2):
        self.library = ctypes.CDLL(str(library or wheel()))
        for name, (arguments, result) in _SIGNATURES.items():
            function = getattr(self.library, name)
            function.argtypes, function.restype = arguments, result
        self.device = self.library.oidnNewDevice(1)
        self.library.oidnSetDeviceInt(self.device, b"numThreads", threads)
        self.library.oidnCommitDevice(self.device)
        self.filters = {}

    def filter(self, shape, quality, clean):
        key = (shape, quality, clean)
        if key not in self.filters:
            height, width, _ = shape
            images = {name: np.zeros(shape, np.float32) for name in (b"color", b"albedo", b"normal", b"output")}
            made = self.library.oidnNewFilter(self.device, b"RT")
            for name, image in images.items():
                self.library.oidnSetSharedFilterImage(made, name, image.ctypes.data, 3, width, height, 0, 0, 0)
            self.library.oidnSetFilterBool(made, b"hdr", True)
            self.library.oidnSetFilterBool(made, b"cleanAux", clean)
            self.library.oidnSetFilterInt(made, b"quality", quality)
            self.library.oidnCommitFilter(made)
            self.filters[key] = (made, images)
        return self.filters[key]

    def __call__(self, radiance, albedo, normal, quality=FAST, clean=False):
        """The denoised picture and the processor seconds it took, without preparing the filter. `clean`: the guides bear no noise."""
        made, images = self.filter(radiance.shape, quality, clean)
        before = processor_seconds()
        for name, image in ((b"color", radiance), (b"albedo", albedo), (b"normal", normal)):
            images[name][:] = image
        self.library.oidnExecuteFilter(made)
        seconds = processor_seconds() - before
        said = _TEXT()
        if self.library.oidnGetDeviceError(self.device, ctypes.byref(said)):
            raise RuntimeError(said.value.decode())
        return images[b"output"].astype(np.float64), seconds
