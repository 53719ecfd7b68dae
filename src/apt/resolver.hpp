// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include <rigsetup/data/value.hpp>
#include <rigsetup/host/host.hpp>

#include "apt/apt_options.hpp"

namespace rigsetup::apt {

/// Asks the helper program, which alone links libapt-pkg. It runs on the machine and sees only the folders
/// that the options name.
class Resolver {
 public:
  /// `what`: the list that is being fetched; empty when none is.
  using Watcher = std::function<void(std::uint64_t done, std::uint64_t total, const std::string& what)>;
  explicit Resolver(const Host& host) : host_(host) {}
  /// Returns its result, throws its error.
  Value ask(std::string_view operation, const Options& options, Value request, const Watcher& watcher,
            std::stop_token stop) const;

 private:
  const Host& host_;
};

}  // namespace rigsetup::apt
