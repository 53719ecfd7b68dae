// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::complaints;
using test::Rig;

TEST_CASE("a kind is found by its name") {
  REQUIRE(find_kind("file") != nullptr);
  CHECK(find_kind("file")->sort == Sort::primitive);
  CHECK(find_kind("nvidia_gpu")->sort == Sort::check);
  CHECK(find_kind("files") == nullptr);
  CHECK(kind_shapes().size() == catalog().size());
}

TEST_CASE("no step stands on a check") {
  for (const Kind* kind : catalog()) {
    for (const Kind* check : catalog()) {
      if (check->sort != Sort::check) continue;
      const auto& independent = kind->independent_of;
      CHECK(std::count(independent.begin(), independent.end(), check->name) == 1);
    }
  }
}

TEST_CASE("an environment does not wait for the driver, nor the driver for it") {
  for (const char* driver : {"nvidia_modules", "mok_enrolment", "nvidia_loaded"}) {
    const Kind* virtualenv = find_kind("virtualenv_packages");
    CHECK(std::count(virtualenv->independent_of.begin(), virtualenv->independent_of.end(), driver) == 1);
    const auto& its = find_kind(driver)->independent_of;
    CHECK(std::count(its.begin(), its.end(), "virtualenv_packages") == 1);
    CHECK(std::count(its.begin(), its.end(), "apt_packages") == 0);
  }
}

TEST_CASE("what the parser and what the kinds complain of comes at once, and nothing twice") {
  const Rig rig;
  const auto found = rig.complaints(
      "- file: {path: /etc/a, content: x, contents: y}\n"
      "- id: both\n"
      "  file: {path: /etc/b, content: x, source: b.txt}\n"
      "- command: {argv: [./tool], check: [\"true\"]}\n",
      {{"b.txt", ""}});
  REQUIRE(found.size() == 3);
  CHECK(found[0].message.find("contents") != std::string::npos);
  CHECK(found[1].message == "a file needs either content or source");
  CHECK(found[1].place.line == 6);
  CHECK(found[2].message == "\"./tool\" is neither a name nor an absolute path");
}

TEST_CASE("packages are read, and what is wrong with them is said at its place") {
  const Rig rig;
  const auto built = rig.read(
      "- apt_packages: {packages: [nginx=1.2-3, \"curl (>= 7.81)\"], absent: [apache2], hold: true}\n");
  const auto request = built.steps.front().resource->packages();
  REQUIRE(request);
  CHECK(request->step == "apt_packages");
  CHECK(request->install.at(0).text() == parse_package("nginx=1.2-3")->text());
  CHECK(request->install.at(1).name == "curl");
  CHECK(request->absent == std::vector<std::string>{"apache2"});
  CHECK(request->hold);
  CHECK(request->recommends);

  rig.add_file("/var/lib/dpkg/status",
               "Package: apache2\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.4\n\n");
  CHECK(built.steps.front().resource->consents(rig.host()).empty());
  const auto replacing = rig.read("- apt_packages: {packages: [nginx], replaces: [apache2, lighttpd]}\n");
  const Resource& resource = *replacing.steps.front().resource;
  CHECK(resource.packages()->absent == std::vector<std::string>{"apache2", "lighttpd"});
  CHECK(resource.consents(rig.host()) ==
        std::vector<Consent>{{"replace", "would remove apache2 2.4, in whose place others come"}});

  const auto found = complaints(rig, "- apt_packages: {packages: [Nginx!, curl], absent: [curl]}\n");
  CHECK(found.find("\"Nginx!\" names no package") != std::string::npos);
  CHECK(found.find("curl is both in packages and in absent") != std::string::npos);
  CHECK(complaints(rig, "- apt_packages: {hold: true}\n").find("names no package") != std::string::npos);
}

TEST_CASE("what only a kind can see is complained of together with what the parser sees") {
  Complaints complaints;
  read_recipe({"r.yaml",
               "rigsetup: 1\n"
               "name: r\n"
               "steps:\n"
               "  - apt_packages: {packages: [\"a b\"]}\n"
               "  - no_such_kind: {}\n",
               {}},
              {}, complaints);
  REQUIRE(complaints.size() == 2);
  CHECK(std::any_of(complaints.begin(), complaints.end(),
                    [](const Complaint& c) { return c.place.line == 4; }));
  CHECK(std::any_of(complaints.begin(), complaints.end(),
                    [](const Complaint& c) { return c.place.line == 5; }));
}
