// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <boost/asio/local/stream_protocol.hpp>

#include "server/access.hpp"
#include "server/desk.hpp"

namespace rigsetup::server {

/// Serves one connection until it ends; it keeps itself alive. Io thread.
void open_session(Desk& desk, boost::asio::local::stream_protocol::socket socket, Peer peer);

}  // namespace rigsetup::server
