// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/event/standstill.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace std::chrono_literals;

namespace {

Standstill::Time at(int seconds) { return Standstill::Time(1h) + std::chrono::seconds(seconds); }

Progress loaded(std::uint64_t done, std::uint64_t total, const std::string& what) {
  return {"", "downloading", done, total, "bytes", true, what};
}

std::string text(const Progress& progress) {
  return progress.at + (progress.at_seconds > 0 ? ", " + std::to_string(progress.at_seconds) + " s" : "");
}

}  // namespace

TEST_CASE("a download of which nothing comes says so, and from where, as long as that is so") {
  Standstill standstill(at(0));
  const auto report = [&](int second, const Progress& progress) {
    return text(standstill.report(progress, at(second)));
  };
  CHECK(report(0, loaded(0, 100, "")) == "");
  CHECK(report(1, loaded(10, 100, "from a.org")) == "from a.org");
  CHECK(report(3, loaded(10, 100, "from a.org")) == "from a.org");
  CHECK(report(4, loaded(10, 100, "from a.org")) == "no data from a.org, 3 s");
  CHECK(text(*standstill.busy("http", 99s, at(13))) == "no data from a.org, 12 s");
  CHECK(report(14, loaded(10, 100, "trying again in 2 s (2 of 4): 503")) ==
        "trying again in 2 s (2 of 4): 503, 13 s");
  CHECK(report(15, loaded(11, 100, "from b.org")) == "from b.org");
  CHECK(report(30, loaded(100, 100, "")) == "");  // complete
}

TEST_CASE("a download that does not know from where, or how much, is seen to stand as well") {
  Standstill standstill(at(0));
  standstill.report(loaded(0, 0, ""), at(0));
  CHECK_FALSE(standstill.busy("http", 1s, at(2)));
  CHECK(text(*standstill.busy("http", 5s, at(5))) == "no data, 5 s");
}

TEST_CASE("other work names the program that is at work, once it says nothing for some seconds") {
  Standstill standstill(at(0));
  const Progress step{"", "setting up x", 9, 10, "percent", false};
  CHECK(text(standstill.report(step, at(0))) == "");
  CHECK_FALSE(standstill.busy("postinst of x", 1s, at(1)));
  CHECK(text(*standstill.busy("postinst of x", 4s, at(4))) == "postinst of x, 4 s");
  CHECK(text(standstill.report(step, at(5))) == "postinst of x, 4 s");  // said again: it does so still
  CHECK(text(standstill.report({"", "setting up y", 9, 10, "percent", false}, at(6))) == "");
}

TEST_CASE("work that tells nothing at all is known by its program; what a lock is waited for, by itself") {
  Standstill silent(at(0));
  CHECK(text(*silent.busy("python3", 3s, at(3))) == "python3, 3 s");
  Standstill waiting(at(0));
  Progress lock{"", "waiting for the dpkg lock held by apt-get (812)", 0, 0, "", true};
  for (int second = 1; second < 20; ++second) {
    lock.at_seconds = second;
    CHECK(waiting.report(lock, at(second)).at_seconds == second);
  }
}
