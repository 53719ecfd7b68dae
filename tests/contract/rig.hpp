// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <rigsetup/resource/catalog.hpp>

#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_downloads.hpp"
#include "tests/support/fake_programs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rigsetup::test {

/// The account that environments without an owner belong to.
inline constexpr Owner k_environments{998, 998};

/// A small Debian in a temporary root, a machine that is described beside it, and all that a step works with.
/// Files are real; programs, downloads and time are the fakes.
class Rig {
 public:
  Rig();

  /// The recipe of this text's steps (a list in YAML, as kinds show their examples); fails the test on a
  /// complaint.
  BuiltRecipe read(const std::string& steps, Attachments attachments = {}) const;
  Complaints complaints(const std::string& steps, Attachments attachments = {}) const;

  /// An executable file, so that the program is found; FakePrograms says how it behaves.
  void add_program(const std::filesystem::path& path);
  void add_file(const std::filesystem::path& path, std::string_view bytes = "") const;
  void add_to_machine(const std::filesystem::path& path, std::string_view bytes = "") const;

  Inspection inspect(const Resource& resource) { return resource.inspect(host(), stop.get_token()); }
  Applied apply(const Resource& resource) { return resource.apply(context()); }
  Checked check(const Check& check) { return check.check(context()); }
  Context context();
  Host host() const;
  Surroundings surroundings() const {
    return surroundings_of(host(),
                           {RIGSETUP_SOURCE_DIR "/recipes/compat", RIGSETUP_SOURCE_DIR "/recipes/platforms"});
  }

  /// Every file below root and machine: path, type, mode, size and content, a line each. With `times`, when
  /// each was changed last as well, so that a file that was written again with the same content shows.
  std::vector<std::string> listing(bool times) const;
  std::string text(const std::filesystem::path& path) const { return root.read(path).value_or("(absent)"); }

  TemporaryFolder folder;
  Tree root;
  Tree machine;
  bool live = false;  ///< is the machine known?
  FakePrograms programs;
  Programs* programs_in_use = &programs;
  FakeDownloads downloads;
  mutable FakeClock clock;
  std::stop_source stop;
  std::vector<Finding> findings;

 private:
  class Notes;
  std::unique_ptr<Reporter> notes_;
  std::unique_ptr<Host> host_;
  apt::Settings apt_settings_;
  std::unique_ptr<apt::Archive> archive_;
};

}  // namespace rigsetup::test
