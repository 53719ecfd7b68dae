// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/framework_check.hpp"

namespace rigsetup {

// Answers in lines of JSON: {"at": what comes next}, ..., and at the end {"answer": what was found}. All that
// a framework prints goes to standard error. Operands are whole numbers, so small that every precision in
// which a GPU multiplies keeps them and their sums exact, and the results are computed a second time in plain
// Python.
const std::string_view k_framework_script = R"python(
import glob, importlib.metadata, json, os, platform, re, sys, traceback

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

def say(**what):
    answers.write(json.dumps(what) + "\n")
    answers.flush()

def in_words(error):
    return traceback.format_exception_only(type(error), error)[-1].strip()[:2000]

SIZE = 64
LEFT = [[(3 * i + 5 * j) % 7 - 3.0 for j in range(SIZE)] for i in range(SIZE)]
RIGHT = [[(2 * i + 7 * j) % 5 - 2.0 for j in range(SIZE)] for i in range(SIZE)]
SIDE, TAPS = 16, 3
IMAGE = [[[(c + 2 * y + 3 * x) % 5 - 2.0 for x in range(SIDE)] for y in range(SIDE)] for c in range(3)]
KERNELS = [[[[(k + c + 2 * y + x) % 3 - 1.0 for x in range(TAPS)] for y in range(TAPS)] for c in range(3)]
           for k in range(4)]

def product():
    return [[sum(LEFT[i][k] * RIGHT[k][j] for k in range(SIZE)) for j in range(SIZE)] for i in range(SIZE)]

def convolution():
    taps = [(c, y, x) for c in range(3) for y in range(TAPS) for x in range(TAPS)]
    outside = range(SIDE - TAPS + 1)
    return [[[sum(kernel[c][y][x] * IMAGE[c][row + y][column + x] for c, y, x in taps) for column in outside]
             for row in outside] for kernel in KERNELS]

def flat(item):
    return [leaf for part in item for leaf in flat(part)] if isinstance(item, list) else [item]

def count_wrong(computed, expected):
    computed, expected = flat(computed), flat(expected)
    return (abs(len(computed) - len(expected))
            + sum(not abs(one - other) < 0.01 for one, other in zip(computed, expected)))

class Torch:
    def __init__(self, found):
        import torch
        self.torch = torch
        found["version"] = str(torch.__version__)
        found["cuda"] = torch.version.cuda or ""
        flags = getattr(torch._C, "_cuda_getArchFlags", None) if found["cuda"] else None
        found["architectures"] = (flags() or "").split() if flags else []

    def devices(self, found):
        cuda = self.torch.cuda
        if not cuda.is_available():
            cuda.init()
        found["cudnn"] = str(self.torch.backends.cudnn.version() or "")
        return [cuda.get_device_name(index) for index in range(cuda.device_count())]

    def multiply(self, index):
        device = "cuda:%d" % index
        left = self.torch.tensor(LEFT, device=device)
        return self.torch.matmul(left, self.torch.tensor(RIGHT, device=device)).cpu().tolist()

    def convolve(self, index):
        device = "cuda:%d" % index
        image = self.torch.tensor([IMAGE], device=device)
        kernels = self.torch.tensor(KERNELS, device=device)
        return self.torch.nn.functional.conv2d(image, kernels).cpu().tolist()[0]

class TensorFlow:
    def __init__(self, found):
        import tensorflow
        self.tensorflow = tensorflow
        found["version"] = str(tensorflow.__version__)
        build = tensorflow.sysconfig.get_build_info()
        found["cuda"] = str(build.get("cuda_version", "")) if build.get("is_cuda_build") else ""
        found["cudnn"] = str(build.get("cudnn_version", ""))
        found["architectures"] = [str(one) for one in build.get("cuda_compute_capabilities", [])]

    def devices(self, found):
        config = self.tensorflow.config
        config.set_soft_device_placement(False)
        names = []
        for device in config.list_physical_devices("GPU"):
            details = config.experimental.get_device_details(device)
            names.append(str(details.get("device_name", device.name)))
        return names

    def multiply(self, index):
        with self.tensorflow.device("/GPU:%d" % index):
            left = self.tensorflow.constant(LEFT)
            return self.tensorflow.matmul(left, self.tensorflow.constant(RIGHT)).numpy().tolist()

    def convolve(self, index):  # it has channels last
        image = [[[IMAGE[c][y][x] for c in range(3)] for x in range(SIDE)] for y in range(SIDE)]
        kernels = [[[[kernel[c][y][x] for kernel in KERNELS] for c in range(3)] for x in range(TAPS)]
                   for y in range(TAPS)]
        with self.tensorflow.device("/GPU:%d" % index):
            computed = self.tensorflow.nn.conv2d(self.tensorflow.constant([image]),
                                                 self.tensorflow.constant(kernels), strides=1, padding="VALID")
            rows = computed.numpy().tolist()[0]
        return [[[pixel[k] for pixel in row] for row in rows] for k in range(len(KERNELS))]

class Jax:
    def __init__(self, found):
        import jax
        self.jax = jax
        found["version"] = str(jax.__version__)
        found["cuda"] = self.built_for()
        found["architectures"] = []

    def built_for(self):
        for major in ("13", "12", "11"):
            try:
                importlib.metadata.version("jax-cuda%s-plugin" % major)
                return major
            except importlib.metadata.PackageNotFoundError:
                pass
        for record in glob.glob(os.path.join(sys.prefix, "conda-meta", "jaxlib-*cuda*.json")):
            return re.search(r"cuda(\d\d)", os.path.basename(record)).group(1)
        return ""

    def devices(self, found):
        self.gpus = [device for device in self.jax.devices() if device.platform in ("gpu", "cuda")]
        if not self.gpus and found["cuda"]:
            self.gpus = self.jax.devices("cuda")
        return [str(device.device_kind) for device in self.gpus]

    def multiply(self, index):
        left = self.put(LEFT, index)
        return self.jax.numpy.matmul(left, self.put(RIGHT, index)).tolist()

    def convolve(self, index):
        image, kernels = self.put([IMAGE], index), self.put(KERNELS, index)
        return self.jax.lax.conv(image, kernels, (1, 1), "VALID").tolist()[0]

    def put(self, numbers, index):
        with self.jax.default_device(self.gpus[index]):
            return self.jax.numpy.array(numbers)

def compute(framework, index, name):
    device = {"name": name}
    for label, operation, expected in (("a matrix product", framework.multiply, product),
                                       ("a convolution", framework.convolve, convolution)):
        say(at="computing %s on GPU %d" % (label, index))
        try:
            wrong = count_wrong(operation(index), expected())
        except Exception as error:
            device["fault"] = {"in": label, "text": in_words(error)}
            break
        device.setdefault("computed", []).append({"what": label, "wrong": wrong})
    return device

def cuda_libraries_from_outside():
    inside = os.path.realpath(sys.prefix) + "/"
    found = set()
    with open("/proc/self/maps") as maps:
        for line in maps:
            path = line.rstrip("\n").partition("/")
            path = "/" + path[2]
            if (re.match(r"lib(cudnn|cublas|cudart|cufft|cusparse|cusolver|nvJitLink|nvrtc|nccl)",
                         os.path.basename(path)) and not path.startswith(inside)):
                found.add(path)
    return sorted(found)[:20]

def look(name):
    found = {"python": platform.python_version()}
    say(at="importing " + name)
    try:
        framework = {"torch": Torch, "tensorflow": TensorFlow, "jax": Jax}[name](found)
    except BaseException as error:
        found["not_imported"] = in_words(error)
        return found
    say(at="looking for GPUs")
    try:
        names = framework.devices(found)
    except Exception as error:
        found["no_devices"] = in_words(error)
        names = []
    found["devices"] = [compute(framework, index, name) for index, name in enumerate(names)]
    found["outside"] = cuda_libraries_from_outside()
    return found

say(answer=look(sys.argv[1]))
)python";

}  // namespace rigsetup
