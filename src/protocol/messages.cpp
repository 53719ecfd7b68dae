// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/members.hpp>
#include <rigsetup/protocol/messages.hpp>

namespace rigsetup {

void members(auto& io, Is<Place> auto& place) {
  io("file", place.file);
  io("line", place.line);
  io("column", place.column);
}
void members(auto& io, Is<Complaint> auto& complaint) {
  io.always("place", complaint.place);
  io.always("message", complaint.message);
  io("hint", complaint.hint);
}

namespace protocol {
namespace {

// Bytes of any kind, so base64 in JSON.
void attachments(MemberWriter& io, const RecipeRef& ref) {
  if (ref.attachments.empty()) return;
  Value map = Value::map();
  for (const auto& [name, bytes] : ref.attachments) map.set(name, to_base64(bytes));
  io.always("attachments", map);
}
void attachments(MemberReader& io, RecipeRef& ref) {
  Value map = Value::map();
  io("attachments", map);
  if (!map.is_map()) {
    throw Error(Code::invalid, format("cannot read a recipe: attachments is {}", to_string(map.type())));
  }
  for (const Member& member : map.as_map()) {
    const auto bytes = from_base64(member.value.text());
    if (!member.value.is_string() || !bytes) {
      throw Error(Code::invalid, format("cannot read a recipe: the attachment {} is no base64", member.key));
    }
    ref.attachments[member.key] = *bytes;
  }
}

}  // namespace

void members(auto& io, Is<Problem> auto& problem) {
  io.always("code", problem.code);
  io.always("message", problem.message);
  io("hint", problem.hint);
  io("place", problem.place);
  io("complaints", problem.complaints);
  io("attachments", problem.attachments);
  io("run", problem.run);
}
void members(auto& io, Is<RecipeRef> auto& ref) {
  io("shipped", ref.shipped);
  io("active", ref.active);
  if (!ref.travels()) return;
  io("file", ref.file);
  io.always("text", ref.text);
  attachments(io, ref);
}
void members(auto& io, Is<RecipeRequest> auto& request) {
  io.always("recipe", request.recipe);
  io("root", request.root);
  io("step", request.step);
  io("once", request.once);
  io("prune", request.prune);
  io("token", request.token);
  io("rig", request.rig);
}
void members(auto& io, Is<ValidateReply> auto& reply) {
  io("name", reply.name);
  io.always("complaints", reply.complaints);
  io("attachments", reply.attachments);
}
void members(auto& io, Is<PlanReply::Step> auto& step) {
  io.always("id", step.id);
  io.always("kind", step.kind);
  io("title", step.title);
  io.always("verdict", step.verdict);
  io("have", step.have);
  io("want", step.want);
  io("reason", step.reason);
  io.always("transaction", step.transaction);
}
void members(auto& io, Is<PlanReply::Change> auto& change) {
  io.always("action", change.action);
  io.always("name", change.name);
  io("from", change.from);
  io("to", change.to);
  io("origin", change.origin);
  io.always("requested", change.requested);
  io("download_bytes", change.download_bytes);
  io("disk_bytes", change.disk_bytes);
}
void members(auto& io, Is<PlanReply::Transaction> auto& transaction) {
  io.always("steps", transaction.steps);
  io("hold", transaction.hold);
  io.always("changes", transaction.changes);
  io.always("download_bytes", transaction.download_bytes);
  io.always("disk_bytes", transaction.disk_bytes);
}
void members(auto& io, Is<PlanReply::Leftover> auto& leftover) {
  io.always("kind", leftover.kind);
  io.always("noun", leftover.noun);
  io.always("name", leftover.name);
}
void members(auto& io, Is<PlanReply::Consent> auto& consent) {
  io.always("word", consent.word);
  io.always("text", consent.text);
}
void members(auto& io, Is<PlanReply> auto& plan) {
  io.always("id", plan.id);
  io.always("digest", plan.digest);
  io("recipe", plan.recipe);
  io.always("root", plan.root);
  io.always("empty", plan.empty);
  io("repair", plan.repair);
  io.always("steps", plan.steps);
  io.always("transactions", plan.transactions);
  io("prune", plan.prune);
  io("leftovers", plan.leftovers);
  io("consents", plan.consents);
  io("notes", plan.notes);
  io.always("download_bytes", plan.download_bytes);
  io.always("disk_bytes", plan.disk_bytes);
  io("free_bytes", plan.free_bytes);
  io("rig", plan.rig);
}
void members(auto& io, Is<RunRequest> auto& request) {
  io.always("plan", request.plan);
  io.always("digest", request.digest);
  io("allow", request.allow);
  io("wait", request.wait);
}
void members(auto& io, Is<ResumeRequest> auto& request) { io("allow", request.allow); }
void members(auto& io, Is<RunReply> auto& reply) { io.always("run", reply.run); }
void members(auto& io, Is<RunLine> auto& line) {
  io.always("run", line.run);
  io.always("started", line.started);
  io("ended", line.ended);
  io("recipe", line.recipe);
  io("root", line.root);
  io("user", line.user);
  io.always("outcome", line.outcome);
}
void members(auto& io, Is<CheckLine::Proof> auto& proof) {
  io.always("what", proof.what);
  io("seen", proof.seen);
}
void members(auto& io, Is<CheckLine> auto& check) {
  io.always("step", check.step);
  io.always("kind", check.kind);
  io.always("outcome", check.outcome);
  io("reason", check.reason);
  io("hint", check.hint);
  io("time", check.time);
  io("evidence", check.evidence);
}
void members(auto& io, Is<StatusReply::Step> auto& step) {
  io.always("id", step.id);
  io.always("kind", step.kind);
  io("title", step.title);
  io.always("state", step.state);
  io("have", step.have);
  io("want", step.want);
  io("reason", step.reason);
}
void members(auto& io, Is<StatusReply> auto& status) {
  io.always("version", status.version);
  io.always("root", status.root);
  io("os", status.os);
  io("recipe", status.recipe);
  io("recipe_file", status.recipe_file);
  io("problem", status.problem);
  io("hint", status.hint);
  io("run", status.run);
  io("outcome", status.outcome);
  io("ended", status.ended);
  io("running", status.running);
  io.always("reboot_required", status.reboot_required);
  io.always("steps", status.steps);
  io.always("checks", status.checks);
  io("repair", status.repair);
  io("run_problem", status.run_problem);
  io("run_hint", status.run_hint);
  io("trouble", status.trouble);
}
void members(auto& io, Is<InitRequest> auto& request) {
  io("recipe", request.recipe);
  io("root", request.root);
  io("replace", request.replace);
}
void members(auto& io, Is<InitReply> auto& reply) {
  io("file", reply.file);
  io.always("text", reply.text);
}
void members(auto& io, Is<WhyReply::Claim> auto& claim) {
  io.always("noun", claim.noun);
  io.always("name", claim.name);
  io.always("step", claim.step);
  io.always("place", claim.place);
}
void members(auto& io, Is<WhyReply::Origin> auto& origin) {
  io.always("noun", origin.noun);
  io.always("name", origin.name);
  io.always("run", origin.run);
  io.always("step", origin.step);
  io("recipe", origin.recipe);
  io("place", origin.place);
  io("user", origin.user);
  io.always("time", origin.time);
  io("along", origin.along);
}
void members(auto& io, Is<WhyReply> auto& reply) {
  io.always("name", reply.name);
  io.always("root", reply.root);
  io("have", reply.have);
  io("package", reply.package);
  io.always("claims", reply.claims);
  io.always("origins", reply.origins);
}
void members(auto& io, Is<VersionReply> auto& reply) {
  io.always("version", reply.version);
  io.always("api", reply.api);
  io("pid", reply.pid);
}
void members(auto& io, Is<RecipeLine> auto& line) {
  io.always("name", line.name);
  io("summary", line.summary);
  io("path", line.path);
}

bool StatusReply::as_wanted() const {
  const auto step_is = [](const Step& step) { return step.state == "as-wanted" || step.state == "skipped"; };
  const auto failed = [](const CheckLine& check) { return check.outcome == "failed"; };
  return problem.empty() && repair.empty() && std::all_of(steps.begin(), steps.end(), step_is) &&
         std::none_of(checks.begin(), checks.end(), failed);
}

// clang-format off
Value Problem::to_value() const { return write_members(*this); }
Problem Problem::from(const Value& value) { return read_members<Problem>(value, "a problem"); }
Value RecipeRef::to_value() const { return write_members(*this); }
RecipeRef RecipeRef::from(const Value& value) { return read_members<RecipeRef>(value, "a recipe"); }
Value RecipeRequest::to_value() const { return write_members(*this); }
RecipeRequest RecipeRequest::from(const Value& value) { return read_members<RecipeRequest>(value, "the request"); }
Value ValidateReply::to_value() const { return write_members(*this); }
ValidateReply ValidateReply::from(const Value& value) { return read_members<ValidateReply>(value, "a validation"); }
Value PlanReply::to_value() const { return write_members(*this); }
PlanReply PlanReply::from(const Value& value) { return read_members<PlanReply>(value, "a plan"); }
Value RunRequest::to_value() const { return write_members(*this); }
RunRequest RunRequest::from(const Value& value) { return read_members<RunRequest>(value, "the request"); }
Value ResumeRequest::to_value() const { return write_members(*this); }
ResumeRequest ResumeRequest::from(const Value& value) {
  return read_members<ResumeRequest>(value, "the request");
}
Value RunReply::to_value() const { return write_members(*this); }
RunReply RunReply::from(const Value& value) { return read_members<RunReply>(value, "the reply"); }
Value RunLine::to_value() const { return write_members(*this); }
RunLine RunLine::from(const Value& value) { return read_members<RunLine>(value, "a run"); }
Value CheckLine::to_value() const { return write_members(*this); }
CheckLine CheckLine::from(const Value& value) { return read_members<CheckLine>(value, "a check"); }
Value StatusReply::to_value() const { return write_members(*this); }
StatusReply StatusReply::from(const Value& value) { return read_members<StatusReply>(value, "a status"); }
Value InitRequest::to_value() const { return write_members(*this); }
InitRequest InitRequest::from(const Value& value) { return read_members<InitRequest>(value, "the request"); }
Value InitReply::to_value() const { return write_members(*this); }
InitReply InitReply::from(const Value& value) { return read_members<InitReply>(value, "the reply"); }
Value WhyReply::to_value() const { return write_members(*this); }
WhyReply WhyReply::from(const Value& value) { return read_members<WhyReply>(value, "the reply"); }
Value VersionReply::to_value() const { return write_members(*this); }
VersionReply VersionReply::from(const Value& value) { return read_members<VersionReply>(value, "a version"); }
Value RecipeLine::to_value() const { return write_members(*this); }
RecipeLine RecipeLine::from(const Value& value) { return read_members<RecipeLine>(value, "a recipe's line"); }
// clang-format on

}  // namespace protocol
}  // namespace rigsetup
