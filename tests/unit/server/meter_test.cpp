// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/meter.hpp"

#include "tests/support/catch.hpp"

using namespace rigsetup::server;

namespace {
Peer stranger(uid_t uid) { return {uid, uid, 1, {}, false}; }
const Peer k_root{0, 0, 1, {}, true};
}  // namespace

TEST_CASE("a stranger holds no more than one may, and gets it again after giving back") {
  Meter meter({2, 10, 10});
  CHECK(meter.take(stranger(1)));
  CHECK(meter.take(stranger(1)));
  CHECK_FALSE(meter.take(stranger(1)));
  CHECK(meter.take(stranger(2)));
  meter.give_back(stranger(1));
  CHECK(meter.take(stranger(1)));
}

TEST_CASE("strangers together leave room for the trusted") {
  Meter meter({2, 3, 1});
  CHECK(meter.take(stranger(1), 2));
  CHECK(meter.take(stranger(2)));
  CHECK_FALSE(meter.take(stranger(3)));
  CHECK(meter.take(k_root));
  CHECK_FALSE(meter.take(k_root));
}

TEST_CASE("amounts that could never fit are refused and cost nothing") {
  Meter meter({10, 20, 30});
  CHECK_FALSE(meter.take(stranger(1), 11));
  CHECK_FALSE(meter.take(stranger(1), ~std::size_t{0}));
  CHECK_FALSE(meter.take(k_root, 31));
  CHECK(meter.take(stranger(1), 10));
  CHECK(meter.take(stranger(1), 0));
  CHECK_FALSE(meter.nothing_taken());
  meter.give_back(stranger(1), 10);
  CHECK(meter.nothing_taken());
}
