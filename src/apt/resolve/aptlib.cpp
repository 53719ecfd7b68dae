// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/resolve/aptlib.hpp"

#include <cstdlib>

#include <apt-pkg/configuration.h>
#include <apt-pkg/error.h>
#include <apt-pkg/init.h>
#include <apt-pkg/pkgsystem.h>

#include <rigsetup/base/format.hpp>

namespace rigsetup::resolve {

namespace {

void set_options(const Value& options, bool lists) {
  for (const Value& option : options.as_list()) {
    const std::string& key = option.as_list().at(0).as_string();
    // Setting "Key::" appends: once is enough.
    if (key.ends_with("::") == lists) _config->Set(key, option.as_list().at(1).as_string());
  }
}

}  // namespace

void configure(const Value& options) {
  unsetenv("APT_CONFIG");
  // Before, so that the defaults find no configuration file; and after, because some defaults overwrite.
  set_options(options, false);
  if (!pkgInitConfig(*_config)) throw_complaints(Code::internal, "set up libapt");
  set_options(options, false);
  set_options(options, true);
  if (!pkgInitSystem(*_config, _system)) throw_complaints(Code::internal, "set up libapt");
}

std::vector<Complaint> take_complaints() {
  std::vector<Complaint> complaints;
  while (!_error->empty(GlobalError::DEBUG)) {
    Complaint complaint;
    complaint.error = _error->PopMessage(complaint.text);
    complaints.push_back(std::move(complaint));
  }
  return complaints;
}

void throw_complaints(Code code, std::string_view doing) {
  std::string text;
  for (const Complaint& complaint : take_complaints()) {
    if (!complaint.error) continue;
    if (!text.empty()) text += "; ";
    text += complaint.text;
  }
  throw Error(code, format("cannot {}: {}", doing, text.empty() ? "libapt gives no reason" : text));
}

}  // namespace rigsetup::resolve
