// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <array>

#include <rigsetup/base/format.hpp>
#include <rigsetup/event/event.hpp>

#include "event/members.hpp"
#include "event/time_text.hpp"

namespace rigsetup {
namespace {

/// In the order of Event's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<Event>> k_names = {
    "run-started", "run-resumed",     "plan-changed",     "step-started",  "step-finished", "phase-ended",
    "finding",     "retry-scheduled", "cancel-requested", "reboot-needed", "run-finished"};

/// The event of that name, its members read from the record that carries them.
template <std::size_t I = 0>
Event event_from(std::string_view name, const Value& record) {
  if constexpr (I == k_names.size()) {
    throw Error(Code::invalid, format("cannot read a record: there is no event '{}'", name),
                "a newer rigsetup may have written it");
  } else {
    if (k_names[I] != name) return event_from<I + 1>(name, record);
    return read_members<std::variant_alternative_t<I, Event>>(record, format("the event {}", name));
  }
}

}  // namespace

std::string_view event_name(const Event& event) { return k_names.at(event.index()); }

Value to_value(const Record& record) {
  Value value = Value::map();
  value.set("run", record.run);
  value.set("seq", record.sequence);
  value.set("time", time_text(record.time));
  value.set("event", event_name(record.event));
  MemberWriter writer(value);
  writer("percent", record.percent);
  std::visit([&](const auto& event) { members(writer, event); }, record.event);
  return value;
}

Record record_from(const Value& value) {
  Record record;
  std::string time;
  std::string name;
  MemberReader reader(value, "a record");
  reader.always("run", record.run);
  reader.always("seq", record.sequence);
  reader.always("time", time);
  reader.always("event", name);
  reader("percent", record.percent);
  record.time = time_from(time);
  record.event = event_from(name, value);
  return record;
}

Value to_value(const Progress& progress) { return write_members(progress); }
Progress progress_from(const Value& value) { return read_members<Progress>(value, "a progress"); }

}  // namespace rigsetup
