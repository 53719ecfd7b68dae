// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#define CATCH_CONFIG_RUNNER
#include <iostream>

#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

namespace rigsetup::test {
namespace {
bool skipped = false;
}

void skip(const std::string& reason) {
  skipped = true;
  std::cout << "SKIPPED: " << Catch::getResultCapture().getCurrentTestName() << ": " << reason << std::endl;
}
}  // namespace rigsetup::test

int main(int argc, char** argv) {
  if (Catch::Session().run(argc, argv) != 0) return 1;
  return rigsetup::test::skipped ? RIGSETUP_TEST_SKIPPED : 0;
}
