# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the rigsetup authors
"""As much of TensorFlow as the check tensorflow_gpu uses, computing on lists: channels come last."""
import contextlib
import os
import types

with open(os.path.join(os.path.dirname(__file__), "behaviour.txt")) as file:
    behaviour = file.read().strip()

__version__ = "2.19.1"
print("chatter of Python")
_placement = {"soft": True, "device": ""}
sysconfig = types.SimpleNamespace(get_build_info=lambda: {
    "is_cuda_build": behaviour != "cpu", "cuda_version": "12.8", "cudnn_version": "9",
    "cuda_compute_capabilities": ["sm_80", "compute_90"]})
config = types.SimpleNamespace(
    set_soft_device_placement=lambda soft: _placement.update(soft=soft),
    list_physical_devices=lambda kind: [] if behaviour == "cpu" else [types.SimpleNamespace(name="/GPU:0")],
    experimental=types.SimpleNamespace(get_device_details=lambda device: {"device_name": "stand-in"}))


@contextlib.contextmanager
def device(name):
    _placement["device"] = name
    yield
    _placement["device"] = ""


class _Tensor:
    def __init__(self, values):
        assert _placement == {"soft": False, "device": "/GPU:0"}
        self.values = values

    def numpy(self):
        return types.SimpleNamespace(tolist=lambda: self.values)


constant = _Tensor


def matmul(left, right):
    columns = list(zip(*right.values))
    return _Tensor([[sum(a * b for a, b in zip(row, column)) for column in columns] for row in left.values])


def _conv2d(images, kernels, strides, padding):
    assert strides == 1 and padding == "VALID"
    image, kernel = images.values[0], kernels.values
    size, planes = len(kernel), range(len(kernel[0][0]))
    steps = range(len(image) - size + 1)
    values = [[[sum(image[y + i][x + j][c] * kernel[i][j][c][k]
                    for i in range(size) for j in range(size) for c in planes)
                for k in range(len(kernel[0][0][0]))] for x in steps] for y in steps]
    if behaviour == "wrong":
        values[1][2][3] -= 1
    return _Tensor([values])


nn = types.SimpleNamespace(conv2d=_conv2d)
