// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/compat/shipped.hpp"

using namespace rigsetup;
using test::shipped;

TEST_CASE("every CUDA release knows the driver that it was shipped with") {
  // NVIDIA's pairing of runfiles; there is no toolkit 12.7.
  const std::string table =
      "11.0.1 450.36.06 11.0.2 450.51.05 11.0.3 450.51.06 11.1.1 455.32.00 11.2.0 460.27.04 11.2.1 460.32.03 "
      "11.2.2 460.32.03 11.3.0 465.19.01 11.3.1 465.19.01 11.4.0 470.42.01 11.4.1 470.57.02 11.4.2 470.57.02 "
      "11.4.3 470.82.01 11.4.4 470.82.01 11.5.0 495.29.05 11.5.1 495.29.05 11.5.2 495.29.05 11.6.0 510.39.01 "
      "11.6.1 510.47.03 11.6.2 510.47.03 11.7.0 515.43.04 11.7.1 515.65.01 11.8.0 520.61.05 12.0.0 525.60.13 "
      "12.0.1 525.85.12 12.1.0 530.30.02 12.1.1 530.30.02 12.2.0 535.54.03 12.2.1 535.86.10 12.2.2 "
      "535.104.05 "
      "12.3.0 545.23.06 12.3.1 545.23.08 12.3.2 545.23.08 12.4.0 550.54.14 12.4.1 550.54.15 12.5.0 555.42.02 "
      "12.5.1 555.42.06 12.6.0 560.28.03 12.6.1 560.35.03 12.6.2 560.35.03 12.6.3 560.35.05 12.8.0 570.86.10 "
      "12.8.1 570.124.06 12.8.2 570.211.01 12.9.0 575.51.03 12.9.1 575.57.08 12.9.2 575.57.08 13.0.0 "
      "580.65.06 "
      "13.0.1 580.82.07 13.0.2 580.95.05 13.0.3 580.126.20 13.1.0 590.44.01 13.1.1 590.48.01 13.1.2 "
      "590.48.01 "
      "13.2.0 595.45.04 13.2.1 595.58.03 13.2.2 595.71.05 13.3.0 610.43.02 13.3.1 610.43.02 13.4.1 615.71.09";
  const std::vector<std::string> words = split_words(table);
  std::size_t drivers = 0;
  for (const auto& [number, release] : shipped().cuda) drivers += release.drivers.size();
  CHECK(drivers == words.size() / 2);
  for (std::size_t i = 0; i < words.size(); i += 2) {
    INFO(words[i]);
    const compat::CudaRelease& release = shipped().cuda.at(words[i].substr(0, 4));
    CHECK(release.drivers.at(words[i]) == words[i + 1]);
    CHECK(words[i + 1].starts_with(release.branch + "."));
    CHECK(compare_debian(words[i + 1], shipped().minimum_driver(release)) >= 0);
  }
  CHECK_FALSE(shipped().cuda.contains("12.7"));
}

TEST_CASE("every CUDA release needs a driver by its major's rule, and an older gcc than some") {
  struct Row {
    std::string releases, minimum, newest_gcc;
  };
  const Row table[] = {
      {"13.0 13.1 13.2 13.3 13.4", "580.65.06", ""},
      {"12.8 12.9", "525.60.13", "14"},
      {"12.4 12.5 12.6", "525.60.13", "13"},
      {"12.0 12.1 12.2 12.3", "525.60.13", "12"},
      {"11.4 11.5 11.6 11.7 11.8", "450.80.02", "11"},
      {"11.1 11.2 11.3", "450.80.02", "10"},
      {"11.0", "450.36.06", "9"},
  };
  for (const Row& row : table) {
    for (const std::string& number : split_words(row.releases)) {
      INFO(number);
      CHECK(shipped().minimum_driver(shipped().cuda.at(number)) == row.minimum);
      CHECK(shipped().cuda.at(number).newest_gcc == row.newest_gcc);
    }
  }
  CHECK(shipped().cuda_majors.at("13").minor_versions);
  CHECK_FALSE(shipped().cuda_majors.at("10").minor_versions);
}

TEST_CASE("every architecture has its first and last CUDA and its last branch") {
  struct Row {
    std::string compute, architecture, first_cuda, last_cuda, first_branch, last_branch;
  };
  const Row table[] = {
      {"2.0", "Fermi", "", "8.0", "", "390"},       {"3.0", "Kepler", "", "10.2", "", "470"},
      {"3.5", "Kepler", "", "11.8", "", "470"},     {"3.7", "Kepler", "", "11.8", "", "470"},
      {"5.0", "Maxwell", "", "12.9", "", "580"},    {"5.2", "Maxwell", "", "12.9", "", "580"},
      {"6.0", "Pascal", "8.0", "12.9", "", "580"},  {"6.1", "Pascal", "8.0", "12.9", "", "580"},
      {"7.0", "Volta", "9.0", "12.9", "", "580"},   {"7.5", "Turing", "10.0", "", "", ""},
      {"8.0", "Ampere", "11.0", "", "", ""},        {"8.6", "Ampere", "11.1", "", "", ""},
      {"8.9", "Ada", "11.8", "", "", ""},           {"9.0", "Hopper", "11.8", "", "", ""},
      {"10.0", "Blackwell", "12.8", "", "570", ""}, {"12.0", "Blackwell", "12.8", "", "570", ""},
      {"10.3", "Blackwell", "12.9", "", "580", ""}, {"12.1", "Blackwell", "12.9", "", "580", ""},
      {"11.0", "Thor", "13.0", "", "580", ""},
  };
  CHECK(shipped().capabilities.size() == std::size(table));
  for (const Row& row : table) {
    INFO(row.compute);
    const compat::ComputeCapability& known = shipped().capabilities.at(row.compute);
    CHECK(known.architecture == row.architecture);
    CHECK(known.first_cuda == row.first_cuda);
    CHECK(known.last_cuda == row.last_cuda);
    CHECK(known.first_branch == row.first_branch);
    CHECK(known.last_branch == row.last_branch);
  }
}

TEST_CASE("every branch has its type and its end") {
  struct Row {
    std::string number, type, end_of_life;
  };
  const Row table[] = {
      {"470", "legacy", "2024"},
      {"535", "lts", "2026-06"},
      {"550", "production", "2025"},
      {"560", "new-feature", "2024"},
      {"565", "new-feature", "2025"},
      {"570", "production", "2026-02"},
      {"575", "new-feature", "2026-06-03"},
      {"580", "lts", "2028-06"},
      {"590", "new-feature", "2026-03-24"},
      {"595", "production", "2027-03"},
      {"610", "new-feature", "2026-09"},
      {"615", "new-feature", ""},
  };
  CHECK(shipped().branches.size() == std::size(table));
  for (const Row& row : table) {
    INFO(row.number);
    const compat::DriverBranch& branch = shipped().branches.at(row.number);
    CHECK(branch.type == row.type);
    CHECK(branch.end_of_life == row.end_of_life);
    CHECK(branch.last_seen.starts_with(row.number + "."));
    CHECK_FALSE(branch.first.empty());
  }
}

TEST_CASE("every cuDNN release is in a line that knows its CUDA majors and its GPUs") {
  struct Row {
    std::string line, releases, cuda, oldest, newest, blackwell;
  };
  const Row table[] = {
      {"8.9", "8.9.2.26 8.9.7.29", "11 450.80.02 12 525.60.13", "5.0", "9.0", ""},
      {"9.0", "9.0.0 9.1.0 9.1.1 9.2.0 9.2.1 9.5.1", "11 450.80.02 12 525.60.13", "5.0", "9.0", ""},
      {"9.10", "9.10.2.21", "11 450.80.02 12 525.60.13", "5.0", "12.0", "12.8"},
      {"9.11",
       "9.12.0.46 9.13.1.26 9.15.1.9 9.16.0.29 9.17.0.29 9.18.1.3 9.19.0.56 9.20.0.48 9.21.0.82 9.21.1.3 "
       "9.22.0.52 "
       "9.23.0.39 9.23.1.3 9.23.2.1 9.24.0.43 9.24.1.1 9.26.0.51 9.27.0.42 9.28.0.42",
       "12 525.60.13 13 580.65.06", "7.5", "", "12.8"},
  };
  CHECK(shipped().cudnn.size() == std::size(table));
  for (const Row& row : table) {
    INFO(row.line);
    const compat::CudnnLine& line = shipped().cudnn.at(row.line);
    CHECK(join(line.releases, " ") == row.releases);
    std::vector<std::string> cuda;
    for (const auto& [major, driver] : line.cuda) cuda.push_back(major + " " + driver);
    CHECK(join(cuda, " ") == row.cuda);
    CHECK(line.oldest_compute == row.oldest);
    CHECK(line.newest_compute == row.newest);
    CHECK(line.blackwell_cuda == row.blackwell);
  }
  const auto lines = shipped().cudnn_newest_first();
  CHECK(lines.front()->first == "9.11");
  CHECK(lines.back()->first == "8.9");
}

TEST_CASE("what the sources leave open is marked so, and every row says where it is from and when") {
  const auto has_basis = [](const compat::Basis& basis) {
    CHECK_FALSE(basis.source.empty());
    CHECK(basis.as_of.size() == 10);
    CHECK((basis.confirmed || !basis.note.empty()));
  };
  for (const auto& [key, row] : shipped().capabilities) has_basis(row.basis);
  for (const auto& [key, row] : shipped().branches) has_basis(row.basis);
  for (const auto& [key, row] : shipped().words) has_basis(row.basis);
  for (const auto& [key, row] : shipped().cuda_majors) has_basis(row.basis);
  for (const auto& [key, row] : shipped().cuda) has_basis(row.basis);
  for (const auto& [key, row] : shipped().cudnn) has_basis(row.basis);
  for (const std::string number : {"580", "570", "610"})
    CHECK_FALSE(shipped().branches.at(number).basis.confirmed);
  CHECK_FALSE(shipped().cudnn.at("9.11").basis.confirmed);
  CHECK_FALSE(shipped().platforms.at("debian-12").origin("nvidia")->basis.confirmed);
}
