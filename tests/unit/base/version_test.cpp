// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;

namespace {

int sign(int number) { return number < 0 ? -1 : number > 0 ? 1 : 0; }

}  // namespace

TEST_CASE("versions are ordered as deb-version(7) says") {
  struct Row {
    const char* a;
    const char* b;
    int order;
  };
  const std::vector<Row> table{
      {"", "", 0},
      {"1.0", "1.0", 0},
      {"1.0", "1.1", -1},
      {"1.9", "1.10", -1},
      {"1.10", "1.1", 1},
      {"1.0", "1.00", 0},
      {"1.01", "1.1", 0},
      {"1.0", "1.0-0", 0},  // no revision is revision 0
      {"1.0", "1.0-1", -1},
      {"1.0-1", "1.0-2", -1},
      {"1.0-1-1", "1.0-1", 1},  // the revision begins at the last dash
      {"0:1.0", "1.0", 0},
      {"1:1.0", "2.0", 1},
      {"2:0.1", "10:0.1", -1},
      {"1.0~rc1", "1.0", -1},
      {"1.0~", "1.0", -1},
      {"1.0~~", "1.0~", -1},
      {"1.0~~a", "1.0~", -1},
      {"1.0~rc1", "1.0~rc2", -1},
      {"1.0~rc1-1", "1.0-1", -1},
      {"1.0-1~bpo12+1", "1.0-1", -1},
      {"1.0-1+deb12u1", "1.0-1", 1},
      {"1.0a", "1.0", 1},
      {"1.0a", "1.0+", -1},  // letters before all others
      {"1.0a", "1.0.", -1},
      {"1.0Z", "1.0a", -1},
      {"1.0+b1", "1.0.1", -1},
      {"1.2.3", "1.2", 1},
      {"1.2a3", "1.2a03", 0},
      {"1a", "1a0", 0},
      {"a", "1", 1},
      {"535.309.01-1~deb12u1", "535.183.01-1~deb12u1", 1},
      {"12.9.1-1", "12.9.0-1", 1},
      {"580.65.06-0ubuntu1", "580.65.06-0ubuntu0.22.04.1", 1},
      {"99999999999999999999998", "99999999999999999999999", -1},  // longer than any integer
      {"1.0-", "1.0", 0},
  };
  for (const Row& row : table) {
    INFO(row.a << " and " << row.b);
    CHECK(sign(compare_debian(row.a, row.b)) == row.order);
    CHECK(sign(compare_debian(row.b, row.a)) == -row.order);
  }
}

TEST_CASE("versions are ordered as dpkg orders them") {
  std::mt19937 random(20261123);
  const auto pick = [&](std::string_view letters) { return letters[random() % letters.size()]; };
  const auto version = [&] {
    std::string text;
    if (random() % 4 == 0) text = std::string(1, pick("0123")) + ":";
    text += pick("0129");
    for (std::size_t i = random() % 6; i > 0; --i) text += pick("0019aBz~.+-");
    if (random() % 2 == 0) {
      text += '-';
      for (std::size_t i = 1 + random() % 3; i > 0; --i) text += pick("019aZ~.+");
    }
    while (text.back() == '-') text.pop_back();  // dpkg refuses an empty revision
    return text;
  };
  const test::TemporaryFolder folder;
  std::vector<std::pair<std::string, std::string>> pairs;
  std::ofstream script(folder / "compare");
  for (int i = 0; i < 150; ++i) {
    pairs.emplace_back(version(), version());
    // Half of the pairs differ in little: those are the hard ones.
    if (i % 2 == 0) pairs.back().second = pairs.back().first + std::string(1, pick("0a~.+"));
    const auto& [a, b] = pairs.back();
    script << "if dpkg --compare-versions " << a << " lt " << b
           << "; then echo -1; elif dpkg --compare-versions " << a << " eq " << b
           << "; then echo 0; else echo 1; fi\n";
  }
  script.close();
  const std::string answers = folder / "answers";
  REQUIRE(std::system(("sh " + (folder / "compare").string() + " > " + answers).c_str()) == 0);
  std::ifstream stream(answers);
  for (const auto& [a, b] : pairs) {
    int order = 7;
    stream >> order;
    INFO(a << " and " << b);
    REQUIRE(order != 7);
    CHECK(sign(compare_debian(a, b)) == order);
  }
}

TEST_CASE("ranges of versions") {
  struct Row {
    const char* relation;
    const char* candidate;
    bool matches;
  };
  for (const Row& row :
       {Row{"", "1", true}, Row{"=", "1.2", true}, Row{"=", "1.2-0", true}, Row{"=", "1.3", false},
        Row{">=", "1.2", true}, Row{">=", "1.10", true}, Row{">=", "1.2~rc1", false}, Row{"<=", "1.2", true},
        Row{"<=", "1.3", false}, Row{">>", "1.2", false}, Row{">>", "1.2.1", true}, Row{"<<", "1.2", false},
        Row{"<<", "1.2~", true}}) {
    INFO(row.relation << " 1.2, candidate " << row.candidate);
    CHECK(VersionRange{row.relation, "1.2"}.matches(row.candidate) == row.matches);
  }
  CHECK(VersionRange{}.text().empty());
  CHECK(VersionRange{">=", "1.2"}.text() == ">= 1.2");
}

TEST_CASE("packages are named in three forms") {
  CHECK(parse_package("nginx") == PackageName{"nginx", {}});
  CHECK(parse_package(" libstdc++6 ") == PackageName{"libstdc++6", {}});
  CHECK(parse_package("nginx=1:1.2-3~a+b") == PackageName{"nginx", {"=", "1:1.2-3~a+b"}});
  CHECK(parse_package("nginx (>= 1.2)") == PackageName{"nginx", {">=", "1.2"}});
  CHECK(parse_package("nginx(<<2)") == PackageName{"nginx", {"<<", "2"}});
  CHECK(parse_package("nginx ( = 2 )") == PackageName{"nginx", {"=", "2"}});
  for (const char* bad : {"",
                          "n",
                          "Nginx",
                          "-nginx",
                          "ngi nx",
                          "nginx=",
                          "nginx =1",
                          "nginx (1)",
                          "nginx (> 1)",
                          "nginx (>= )",
                          "nginx (>= 1",
                          "nginx >= 1",
                          "nginx (>= 1) x",
                          "nginx=1*2",
                          "nginx=1 2",
                          "nginx:i386",
                          "nginx;ls",
                          "nginx=-1",
                          "--option",
                          "nginx (>= 1)(<< 2)"}) {
    INFO(bad);
    CHECK_FALSE(parse_package(bad));
  }
}

TEST_CASE("a package's text is read back as the same package") {
  for (const char* text : {"nginx", "nginx=1.2-3", "nginx (>= 1.2)", "nginx (<< 2:1)"}) {
    REQUIRE(parse_package(text));
    CHECK(parse_package(text)->text() == text);
  }
}

TEST_CASE("a version that ends with a star takes all that begin so") {
  const auto package = parse_package("libcudnn8=8.9.7.29-1+cuda11.*");
  REQUIRE(package);
  CHECK(package->range.matches("8.9.7.29-1+cuda11.8"));
  CHECK_FALSE(package->range.matches("8.9.7.29-1+cuda12.2"));
  CHECK(package->text() == "libcudnn8=8.9.7.29-1+cuda11.*");
  CHECK_FALSE(parse_package("nginx (>= 1.*)"));
}
