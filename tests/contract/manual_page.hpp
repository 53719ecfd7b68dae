// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>

namespace rigsetup::test {

std::string sentence(std::string_view text);  ///< with a full stop, where nothing else ends it

/// A manual page that is being written, in the man macros.
class ManualPage {
 public:
  ManualPage(std::string_view name, int section, std::string_view summary);

  ManualPage& heading(std::string_view name);
  ManualPage& subheading(std::string_view name);
  ManualPage& paragraph(std::string_view text);
  ManualPage& item(std::string_view term, std::string_view text);
  ManualPage& more(std::string_view text);  ///< another paragraph of the item
  ManualPage& code(std::string_view lines);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Each made from the tables that the programs use.
std::string client_page();  ///< rigsetup(1)
std::string daemon_page();  ///< rigsetupd(8)
std::string recipe_page();  ///< rigsetup-recipe(5)

}  // namespace rigsetup::test
