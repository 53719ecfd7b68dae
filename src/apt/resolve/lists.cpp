// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/resolve/lists.hpp"

#include <chrono>
#include <filesystem>
#include <iostream>

#include <apt-pkg/acquire-worker.h>
#include <apt-pkg/acquire.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/error.h>
#include <apt-pkg/fileutl.h>
#include <apt-pkg/hashes.h>
#include <apt-pkg/indexfile.h>
#include <apt-pkg/metaindex.h>
#include <apt-pkg/sourcelist.h>
#include <apt-pkg/strutl.h>
#include <apt-pkg/update.h>

#include <rigsetup/data/json.hpp>

#include "apt/resolve/aptlib.hpp"

namespace rigsetup::resolve {

namespace {

/// What is being fetched now: "http://deb.debian.org/debian bookworm/main amd64 Packages".
std::string current_list(pkgAcquire& owner) {
  for (auto* worker = owner.WorkersBegin(); worker != nullptr; worker = owner.WorkerStep(worker)) {
    if (worker->CurrentItem != nullptr) return worker->CurrentItem->Description;
  }
  return {};
}

/// Tells how many bytes have come, a line of JSON at most ten times a second.
class Lines : public pkgAcquireStatus {
 public:
  bool MediaChange(std::string, std::string) override { return false; }
  bool Pulse(pkgAcquire* owner) override {
    pkgAcquireStatus::Pulse(owner);
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < std::chrono::milliseconds(100)) return true;
    told_ = now;
    Value line;
    line.set("progress", Value::map({{"done", std::uint64_t{CurrentBytes}},
                                     {"total", std::uint64_t{TotalBytes}},
                                     {"what", current_list(*owner)}}));
    std::cout << to_json(line) << std::endl;
    return true;
  }

 private:
  std::chrono::steady_clock::time_point told_;
};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// Does a warning of apt's mean that a list is missing, stale or not trusted?
bool is_fault(const Complaint& complaint) {
  if (complaint.error) return true;
  for (std::string_view part :
       {"Failed to fetch", "signature verification", "GPG error", "OpenPGP", "NO_PUBKEY", "is not signed",
        "no longer has", "does not have a Release", "is expired", "not valid yet", "Hash Sum mismatch",
        "can't be done securely"}) {
    if (contains(complaint.text, part)) return true;
  }
  return false;
}

bool is_summary(const std::string& text) { return contains(text, "Some index files failed to download"); }

void read_into(pkgSourceList& sources) {
  if (!sources.ReadMainList()) throw_complaints(Code::conflict, "read the list of repositories");
}

/// The file in the lists folder, plain or as apt keeps it compressed.
std::string file_in_place(const IndexTarget& target) {
  const std::string path = target.Option(IndexTarget::EXISTING_FILENAME);
  return path.empty() ? std::string() : flNotDir(path);
}

bool whole(metaIndex& release, const IndexTarget& target) {
  const metaIndex::checkSum* expected = release.Lookup(target.MetaKey);
  if (expected == nullptr) return false;
  FileFd file;
  if (!file.Open(target.Option(IndexTarget::EXISTING_FILENAME), FileFd::ReadOnly, FileFd::Extension))
    return false;
  Hashes hashes(Hashes::SHA256SUM);
  if (!hashes.AddFD(file)) return false;
  const HashString* found = expected->Hashes.find("SHA256");
  return found != nullptr && *found == *hashes.GetHashStringList().find("SHA256");
}

Value describe(metaIndex& source) {
  const std::string lists = _config->FindDir("Dir::State::lists");
  Value described = Value::map({{"uri", source.GetURI()},
                                {"suite", source.GetDist()},
                                {"signed_by", source.GetSignedBy()},
                                {"trusted", source.GetTrusted() == metaIndex::TRI_YES},
                                {"release", nullptr},
                                {"signature", nullptr},
                                {"files", Value::list()}});
  const std::vector<IndexTarget> targets = source.GetIndexTargets();
  if (targets.empty()) return described;
  const std::string base = lists + URItoFileName(targets.front().Option(IndexTarget::BASE_URI));
  for (const char* name : {"InRelease", "Release"}) {
    if (!FileExists(base + name)) continue;
    described.set("release", flNotDir(base + name));
    if (FileExists(base + "Release.gpg") && std::string_view(name) == "Release") {
      described.set("signature", flNotDir(base + "Release.gpg"));
    }
    std::string complaint;
    if (!source.Load(base + name, &complaint)) return described;
    break;
  }
  Value files = Value::list();
  for (const IndexTarget& target : targets) {
    const std::string name = file_in_place(target);
    if (name.empty()) continue;
    files.push_back(Value::map({{"name", name}, {"whole", whole(source, target)}}));
  }
  described.set("files", std::move(files));
  return described;
}

}  // namespace

Value update_lists() {
  pkgSourceList sources;
  read_into(sources);
  Lines lines;
  pkgAcquire fetcher(&lines);
  if (!fetcher.GetLock(_config->FindDir("Dir::State::lists")) || !sources.GetIndexes(&fetcher)) {
    throw_complaints(Code::io, "prepare the download of lists");
  }
  // Its return value says little: what was not fetched, or not trusted, is in the complaints.
  AcquireUpdate(fetcher, 0, false, false);
  Value faults = Value::list();
  Value remarks = Value::list();
  for (const Complaint& complaint : take_complaints()) {
    if (is_summary(complaint.text)) continue;
    (is_fault(complaint) ? faults : remarks).push_back(complaint.text);
  }
  return Value::map({{"faults", std::move(faults)}, {"remarks", std::move(remarks)}});
}

Value describe_lists() {
  pkgSourceList sources;
  read_into(sources);
  Value described = Value::list();
  for (metaIndex* source : sources) described.push_back(describe(*source));
  return described;
}

}  // namespace rigsetup::resolve
