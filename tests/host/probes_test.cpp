// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The helper programs that load the driver's libraries, against a stand-in with the driver's ABI. On a
// machine with a GPU, tests/gpu/run asks the real one.

#include <rigsetup/data/json.hpp>
#include <rigsetup/host/programs.hpp>

#include "tests/host/small_root.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;

namespace {

Finished run_probe(std::vector<std::string> argv, const std::string& behaviour,
                   std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
  Command command;
  command.argv = std::move(argv);
  command.helper = true;
  command.environment = {{"LD_LIBRARY_PATH", STAND_IN_FOLDER}, {"STAND_IN_CUDA", behaviour}};
  command.timeout = timeout;
  return RealPrograms("/", test::k_libexec).run(command, {});
}

Value answer(const std::string& behaviour) {
  const Finished finished = run_probe({"cuda-probe"}, behaviour);
  INFO(finished.err);
  REQUIRE(finished.ok());
  return parse_json(finished.out);
}

}  // namespace

TEST_CASE("the probe of libcuda computes on every device and says what it is") {
  const Value said = answer("");
  INFO(to_json(said));
  CHECK(said.at("library").as_string() == std::string(STAND_IN_FOLDER) + "/libcuda.so.1");
  CHECK(said.at("cuda_version").as_int() == 13000);
  REQUIRE(said.at("devices").as_list().size() == 1);
  const Value& device = said.at("devices").as_list().front();
  CHECK(device.at("name").as_string() == "Stand-in GPU");
  CHECK(device.at("compute").as_string() == "8.9");
  CHECK(device.at("memory_bytes").as_int() == std::int64_t{24} << 30);
  CHECK(device.at("wrong").as_int() == 0);
}

TEST_CASE("a result that is not right is counted") {
  CHECK(answer("wrong").at("devices").as_list().front().at("wrong").as_int() == 1);
}

TEST_CASE("a call that fails is named with the driver's words") {
  const Value said = answer("cuInit=100");
  const Value& fault = said.at("fault");
  CHECK(fault.at("call").as_string() == "cuInit");
  CHECK(fault.at("code").as_int() == 100);
  CHECK(fault.at("name").as_string() == "CUDA_ERROR_NO_DEVICE");
  CHECK(fault.at("text").as_string() == "no CUDA-capable device is detected");

  const std::string call =
      GENERATE("cuDevicePrimaryCtxRetain", "cuMemAlloc", "cuLaunchKernel", "cuCtxSynchronize");
  const Value of_device = answer(call + "=999").at("devices").as_list().front();
  CHECK(of_device.at("fault").at("call").as_string() == call);
  CHECK(of_device.find("wrong") == nullptr);
}

TEST_CASE("a driver that hangs or crashes takes only the probe with it") {
  CHECK(run_probe({"cuda-probe"}, "hang", std::chrono::milliseconds(300)).timed_out);
  const Finished crashed = run_probe({"cuda-probe"}, "crash");
  CHECK(crashed.signal != 0);
}

TEST_CASE("a library that is not there is told in the loader's words") {
  Command command;
  command.argv = {"cudnn-probe", "libcudnn.so.0"};
  command.helper = true;
  const Finished finished = RealPrograms("/", test::k_libexec).run(command, {});
  REQUIRE(finished.ok());
  CHECK(parse_json(finished.out).at("not_loaded").as_string().find("libcudnn.so.0") != std::string::npos);
}
