// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_client.hpp"

#include <algorithm>

#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;

namespace {

std::string failure(const std::string& out, const std::string& err, int signal = 0) {
  Finished finished;
  finished.exit_code = signal == 0 ? 1 : -1;
  finished.signal = signal;
  finished.out = out;
  finished.err = err;
  return conda_failure(read_conda_answer(out), finished, "make it").message();
}

}  // namespace

TEST_CASE("a client is called with nothing of anybody's own settings") {
  const CondaClient client{"/opt/mm", "/env", "/env/.w", "/cache", {"conda-forge", "http://h/c"},
                           "12.9",    {7, 8}};
  const Command command = client.dry_run({"numpy"});
  CHECK(join(command.argv, " ") ==
        "/opt/mm install -p /env --dry-run --override-channels --channel-priority strict -c conda-forge -c "
        "http://h/c --json -y --log-level warning numpy");
  CHECK(command.as->uid == 7);
  const auto value = [&](const std::string& name) {
    const auto found = std::find_if(command.environment.begin(), command.environment.end(),
                                    [&](const auto& one) { return one.first == name; });
    return found != command.environment.end() ? found->second : "(unset)";
  };
  CHECK(value("CONDA_OVERRIDE_CUDA") == "12.9");
  CHECK(value("CONDA_PKGS_DIRS") == "/env/.w/pkgs,/cache");
  CHECK(value("MAMBA_NO_RC") == "true");
  CHECK(value("CONDARC") == "(unset)");
  CHECK(value("HOME") == "/env/.w/home");
  CHECK(join(client.install({"numpy"}).argv, " ").find("--offline") != std::string::npos);
}

TEST_CASE("the last document of a client's output counts, whatever stands around it") {
  const CondaAnswer answer = read_conda_answer(
      "warning libmamba something\n{\n  \"success\": false\n}\ninfo\n{\n"
      "  \"actions\": {\"LINK\": [{\"name\": \"a\", \"version\": \"1\", \"build_string\": \"0\", \"url\": "
      "\"http://h/a-1-0.conda\", \"sha256\": \"s\", \"md5\": \"m\", \"size\": 7}]},\n"
      "  \"success\": true\n}\nbye\n");
  CHECK(answer.said);
  CHECK(answer.success);
  REQUIRE(answer.link.size() == 1);
  CHECK(answer.link[0].file() == "a-1-0.conda");
  CHECK(answer.link[0].build == "0");
  CHECK(answer.link[0].size == 7);
  CHECK_FALSE(read_conda_answer("").said);
  CHECK_FALSE(read_conda_answer("{ half").said);
  CHECK_FALSE(read_conda_answer("error } {").said);
}

TEST_CASE("what a client writes when it fails becomes one sentence") {
  const std::string unsolvable = R"({"solver_problems": ["unsupported request"], "success": false})";
  // As micromamba 2.8.1 writes them.
  CHECK_THAT(
      failure(unsolvable,
              "critical libmamba Could not solve for environment specs\n    The following package could not "
              "be installed\n    └─ nosuch =* * does not exist (perhaps a typo or a missing channel).\n"),
      Contains("have no such package: nosuch =* * does not exist"));
  CHECK_THAT(failure(unsolvable,
                     "    ├─ pytorch 2.7 would require\n    │  └─ cuda-version >=13.0,<14, but none of the "
                     "providers can be installed\n"),
             Contains("do not fit together: cuda-version >=13.0,<14, but none"));
  CHECK_THAT(failure(unsolvable, "nothing provides __cuda needed by pytorch-2.7.0-cuda129\n"),
             Contains("no driver that offers it"));
  CHECK_THAT(failure("", "critical libmamba Download error (7) Could not connect to server [http://h]\n"),
             Contains("cannot be reached"));
  CHECK_THAT(failure("", "critical libmamba Download error (60) SSL peer certificate was not OK\n"),
             Contains("certificate is not trusted"));
  CHECK_THAT(failure("", "critical libmamba Download error (23) Failed writing received data\n"),
             Contains("disk is full"));
  CHECK_THAT(failure("", "critical libmamba Found incorrect downloads. Aborting\n"),
             Contains("hash promises"));
  CHECK_THAT(failure("", "cannot create directories: Permission denied\n"), Contains("may not write"));
  CHECK_THAT(failure("", "", 9), Contains("micromamba was killed"));
  CHECK_THAT(failure("", "critical libmamba odd at https://me:secret@h/c\n"),
             Contains("odd at https://***@h/c") && !Contains("secret"));
}
