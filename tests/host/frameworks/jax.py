# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the rigsetup authors
"""As much of JAX as the check jax_gpu uses, computing on lists."""
import contextlib
import os
import types

with open(os.path.join(os.path.dirname(__file__), "behaviour.txt")) as file:
    behaviour = file.read().strip()

__version__ = "0.9.2"
print("chatter of Python")
_gpu = types.SimpleNamespace(platform="gpu", device_kind="stand-in")
_chosen = []


def devices(platform=None):
    if behaviour == "no driver" and platform == "cuda":
        raise RuntimeError("Unable to initialize backend 'cuda': operation cuInit(0) failed: Unknown CUDA error 303")
    if behaviour in ("no driver", "cpu"):
        return [types.SimpleNamespace(platform="cpu", device_kind="cpu")]
    return [_gpu]


@contextlib.contextmanager
def default_device(device):
    _chosen.append(device)
    yield
    _chosen.pop()


class _Array:
    def __init__(self, values):
        self.values = values

    def tolist(self):
        return self.values


def _array(values):
    assert _chosen == [_gpu]
    return _Array(values)


def _matmul(left, right):
    columns = list(zip(*right.values))
    return _Array([[sum(a * b for a, b in zip(row, column)) for column in columns] for row in left.values])


def _conv(images, kernels, strides, padding):
    assert strides == (1, 1) and padding == "VALID"
    image, size = images.values[0], len(kernels.values[0][0])
    steps = range(len(image[0]) - size + 1)
    return _Array([[[[sum(plane[y + i][x + j] * part[i][j] for plane, part in zip(image, kernel)
                          for i in range(size) for j in range(size)) for x in steps] for y in steps]
                    for kernel in kernels.values]])


numpy = types.SimpleNamespace(array=_array, matmul=_matmul)
lax = types.SimpleNamespace(conv=_conv)
