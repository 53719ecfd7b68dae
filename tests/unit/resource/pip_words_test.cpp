// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/pip_words.hpp"

#include <tuple>

#include "tests/support/catch.hpp"

using namespace rigsetup;

TEST_CASE("what pip prints when it fails, in one sentence") {
  const auto row = GENERATE(table<const char*, Code, const char*>({
      {"ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the "
       "package "
       "versions, please update the hashes.\n    six==1.0 from http://127.0.0.1/six-1.0-py3-none-any.whl "
       "(from -r "
       "r.txt (line 1)):\n        Expected sha256 aaaa\n             Got        bbbb\n",
       Code::conflict, "what was downloaded for six==1.0 has another hash than the requirements demand"},
      {"ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==. These do "
       "not:\n",
       Code::invalid, "a package that is needed has no hash, and all must have one"},
      {"ERROR: Hashes are required in --require-hashes mode, but they are missing from some requirements "
       "here.\n",
       Code::invalid, "a package that is needed has no hash, and all must have one"},
      {"WARNING: Retrying (Retry(total=4, ...)) after connection broken by 'NewConnectionError(...)': "
       "/simple/six/\n"
       "ERROR: Could not find a version that satisfies the requirement six (from versions: none)\n"
       "ERROR: No matching distribution found for six\n",
       Code::network, "pip cannot reach the package index (NewConnectionError)"},
      {"ERROR: HTTP error 503 while getting https://a.example/six.whl\n", Code::network,
       "pip cannot reach the package index (HTTP error 5)"},
      {"ERROR: HTTP error 403 while getting https://a.example/six.whl\n", Code::network,
       "the package index refuses: HTTP error 403 while getting https://a.example/six.whl"},
      {"ERROR: Could not find a version that satisfies the requirement sxi (from versions: none)\n"
       "ERROR: No matching distribution found for sxi\n",
       Code::not_found, "the package index has nothing for sxi"},
      {"ERROR: Could not find a version that satisfies the requirement six==9 (from versions: 1.0, 1.1, 1.2, "
       "1.3, "
       "1.4, 1.5)\nERROR: No matching distribution found for six==9\n",
       Code::not_found, "no version of the package index fits six==9; it has ... 1.1, 1.2, 1.3, 1.4, 1.5"},
      {"ERROR: Cannot install a==1.0 and b==1.0 because these package versions have conflicting "
       "dependencies.\n\n"
       "The conflict is caused by:\n    a 1.0 depends on c>=2\n    b 1.0 depends on c<2\n\n"
       "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io\n",
       Code::invalid, "a==1.0 and b==1.0 cannot be had together: a 1.0 depends on c>=2"},
      {"ERROR: Cannot install needs-new==1.0 because these package versions have conflicting "
       "dependencies.\n\n"
       "The conflict is caused by:\n    needs-new 1.0 depends on six>=1.1\n    The user requested "
       "(constraint) "
       "six==1.0\n\nERROR: ResolutionImpossible: for help visit https://pip.pypa.io\n",
       Code::conflict, "needs-new 1.0 depends on six>=1.1, and six==1.0 is there and has to stay"},
      {"ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n", Code::io,
       "the disk is full"},
      {"ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: "
       "'/opt/e/lib/six.py'\n"
       "Consider using the `--user` option or check the permissions.\n",
       Code::denied, "its owner may not use /opt/e/lib/six.py"},
      {"WARNING: Location '/root/wheels' is ignored: it is neither a file nor a directory.\n"
       "ERROR: Could not find a version that satisfies the requirement six (from versions: none)\n",
       Code::denied, "its owner may not look into /root/wheels"},
      {"  ERROR: Failed building wheel for flash-attn\nERROR: Failed to build flash-attn\n", Code::program,
       "flash-attn has to be compiled here, and that failed"},
  }));
  const auto& [output, code, cause] = row;
  const auto failure = why_pip_failed(output);
  REQUIRE(failure);
  CHECK(failure->cause == cause);
  CHECK(failure->code == code);
  CHECK_FALSE(failure->hint.empty());
}

TEST_CASE("a server that does not give a page is not taken for one without the package") {
  const std::string log =
      "2026-11-26T13:43:45,101 Could not fetch URL https://a.example/six/: 404 Client Error: - skipping\n"
      "2026-11-26T13:43:45,809 Could not fetch URL https://a.example/six/: "
      "HTTPSConnectionPool(host='a.example', "
      "port=443): Max retries exceeded (Caused by ResponseError('too many 503 error responses')) - skipping\n"
      "2026-11-26T13:43:45,810 ERROR: No matching distribution found for six\n";
  const std::string printed =
      "ERROR: Could not find a version that satisfies the requirement six (from versions: none)\n";
  CHECK(why_pip_failed(printed + pages_in_vain(log))->cause ==
        "the package index answers with HTTP error 503 each time");
  CHECK(pages_in_vain(
            "2026-11-26T13:43:45,101 Could not fetch URL https://a.example/six/: 404 Client Error\n") == "");
}

TEST_CASE("a download that broke off is told from a server that is away") {
  CHECK(was_cut_off(
      "  Downloading torch.whl (900 MB)\nERROR: Could not install packages due to an OSError: (\"Connection "
      "broken: ConnectionResetError(104, 'Connection reset by peer')\")\n"));
  CHECK(was_cut_off(
      "pip._vendor.urllib3.exceptions.ProtocolError: ('Connection broken: IncompleteRead(1 bytes read)')"));
  CHECK(was_cut_off(
      "pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(): Read timed out.\n"));
  CHECK_FALSE(was_cut_off(
      "WARNING: Retrying (Retry(total=4)) after connection broken by 'ReadTimeoutError(\"Read timed "
      "out.\")': /simple/\nERROR: No matching distribution found for six\n"));
}

TEST_CASE("what is no known failure stays with its own words") {
  CHECK_FALSE(why_pip_failed("ERROR: something that nobody has met\n"));
}

TEST_CASE("how far pip is, from its lines") {
  const auto label = [](const char* line) {
    const auto told = pip_progress(line, "downloading six.whl");
    return told ? told->label : "";
  };
  CHECK(label("Collecting six==1.0") == "looking for six==1.0");
  CHECK(label("  Downloading http://a.example/six-1.0-py3-none-any.whl (1.2 MB)") ==
        "downloading six-1.0-py3-none-any.whl");
  CHECK(label("  Building wheel for six (pyproject.toml): started") == "building six");
  CHECK(label("Installing collected packages: six") == "installing packages");
  CHECK(label("Requirement already satisfied: six") == "");
  const auto counted = pip_progress("Progress 524288 of 1234567", "downloading six.whl");
  REQUIRE(counted);
  CHECK(counted->label == "downloading six.whl");
  CHECK(counted->done == 524288);
  CHECK(counted->total == 1234567);
  CHECK(counted->unit == "bytes");
}
