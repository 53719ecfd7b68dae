# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the rigsetup authors
"""As much of PyTorch as the check torch_cuda uses, computing on lists. How it behaves is in a file beside it."""
import os
import signal
import sys
import time
import types

with open(os.path.join(os.path.dirname(__file__), "behaviour.txt")) as file:
    behaviour = file.read().strip()

print("chatter of Python")
os.write(1, b"chatter of C++\n")
if behaviour == "not imported":
    raise ImportError("libcudnn.so.9: cannot open shared object file: No such file or directory")
if behaviour == "crash":
    os.kill(os.getpid(), signal.SIGSEGV)

__version__ = "2.11.0+cu128"
version = types.SimpleNamespace(cuda=None if behaviour == "cpu" else "12.8")
_C = types.SimpleNamespace(_cuda_getArchFlags=lambda: "sm_80 sm_90 compute_90")
backends = types.SimpleNamespace(cudnn=types.SimpleNamespace(version=lambda: 91002))


def _init():
    raise RuntimeError("Torch not compiled with CUDA enabled")


cuda = types.SimpleNamespace(is_available=lambda: behaviour != "cpu", device_count=lambda: 2, init=_init,
                             get_device_name=lambda index: "stand-in %d" % index)


class _Tensor:
    def __init__(self, values):
        self.values = values

    def cpu(self):
        return self

    def tolist(self):
        return self.values


def tensor(values, device):
    assert device in ("cuda:0", "cuda:1")
    return _Tensor(values)


def matmul(left, right):
    if behaviour == "hang":
        print("before it hangs", file=sys.stderr, flush=True)
        time.sleep(1000)
    columns = list(zip(*right.values))
    values = [[sum(a * b for a, b in zip(row, column)) for column in columns] for row in left.values]
    if behaviour == "wrong":
        values[3][4] += 1
        values[5][6] = float("nan")
    return _Tensor(values)


def _conv2d(images, kernels):
    if behaviour == "no convolution":
        raise RuntimeError("cuDNN error: CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH")
    image, size = images.values[0], len(kernels.values[0][0])
    steps = range(len(image[0]) - size + 1)
    return _Tensor([[[[sum(plane[y + i][x + j] * part[i][j] for plane, part in zip(image, kernel)
                           for i in range(size) for j in range(size)) for x in steps] for y in steps]
                     for kernel in kernels.values]])


nn = types.SimpleNamespace(functional=types.SimpleNamespace(conv2d=_conv2d))
