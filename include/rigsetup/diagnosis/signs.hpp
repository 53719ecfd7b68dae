// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rigsetup/apt/repositories.hpp>
#include <rigsetup/apt/transaction.hpp>
#include <rigsetup/compat/tables.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/host/host.hpp>

namespace rigsetup::diagnosis {

/// What a program or the kernel wrote, and where that is: "the kernel log", "run 7, step driver".
struct Text {
  std::string where;
  std::string words;
};

/// Everything by which a failure is recognised. A value: gathered for one question, then only read.
struct Signs {
  Facts facts;
  compat::Tables tables;
  apt::Repair dpkg = {};
  std::vector<apt::RepositoryFile> repositories = {};
  std::optional<std::uint64_t> boot_free = {};  ///< bytes; nothing: this is not the running machine
  std::vector<std::string> cudnn = {};     ///< libcudnn that the dynamic linker or a toolkit finds; paths
  std::vector<std::string> old_keys = {};  ///< apt's keyrings with NVIDIA's key of before 2022; paths
  std::vector<Text> texts = {};
  std::string moved =
      {};  ///< when and by what command apt last changed the driver's libraries; empty: not known
  bool changing = false;  ///< is dpkg at work, or a run of ours? Packages are half installed meanwhile

  /// The NVIDIA GPUs, and what the tables know of each.
  struct Card {
    const Gpu& gpu;
    compat::Device device;
  };
  std::vector<Card> cards() const;
};

/// From facts and files alone: no program is run, no log is read. Takes milliseconds.
Signs look_for_signs(const Host& host, Facts facts, compat::Tables tables);

/// And what the kernel and DKMS have written: of the running machine since it booted. Bounded.
void read_logs(const Host& host, Signs& signs);

}  // namespace rigsetup::diagnosis
