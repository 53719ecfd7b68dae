// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/data/json.hpp>

#include "apt/scratch.hpp"

namespace rigsetup::apt {

namespace {

using Time = std::chrono::system_clock::time_point;

Time time_of(std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); }

}  // namespace

Stamps::Stamps(std::filesystem::path file) : file_(std::move(file)) {
  const Tree folder(file_.parent_path());
  const auto text = folder.read("/" + file_.filename().string());
  if (!text) return;
  const Value stamps = parse_json(*text, file_.string());
  for (const Value& item : stamps.as_list()) {
    stamps_[item.at("id").as_string()] = {item.get("trust", ""), item.get_strings("places"),
                                          item.get("time", std::int64_t{0})};
  }
}

Time Stamps::time(const Listed& listed) const {
  const auto found = stamps_.find(listed.id);
  return found == stamps_.end() ? Time() : time_of(found->second.time);
}

Time Stamps::latest() const {
  Time latest;
  for (const auto& [id, stamp] : stamps_) latest = std::max(latest, time_of(stamp.time));
  return latest;
}

void Stamps::set(const std::vector<Listed>& fetched, Time now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  for (const Listed& listed : fetched) {
    const std::vector<std::string> places = listed.repository.places();
    std::erase_if(stamps_, [&](const auto& entry) {
      const Stamp& stamp = entry.second;
      return stamp.trust != listed.trust &&
             std::find_first_of(places.begin(), places.end(), stamp.places.begin(), stamp.places.end()) !=
                 places.end();
    });
    stamps_[listed.id] = {listed.trust, places, seconds};
  }
  Value all = Value::list();
  for (const auto& [id, stamp] : stamps_) {
    all.push_back(Value::map({{"id", id},
                              {"trust", stamp.trust},
                              {"places", Value::strings(stamp.places)},
                              {"time", stamp.time}}));
  }
  Tree(file_.parent_path()).write("/" + file_.filename().string(), to_pretty_json(all), 0600);
}

}  // namespace rigsetup::apt
