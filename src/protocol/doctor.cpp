// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/data/members.hpp>
#include <rigsetup/protocol/doctor.hpp>

namespace rigsetup::protocol {

void members(auto& io, Is<CheckLine::Proof> auto& proof) {
  io.always("what", proof.what);
  io("seen", proof.seen);
}
void members(auto& io, Is<DoctorRequest::Caller::Folder> auto& folder) {
  io.always("path", folder.path);
  io("libraries", folder.libraries);
}
void members(auto& io, Is<DoctorRequest::Caller::Framework> auto& framework) {
  io.always("name", framework.name);
  io("version", framework.version);
  io("cuda", framework.cuda);
  io("architectures", framework.architectures);
  io("error", framework.error);
  io("sees_gpu", framework.sees_gpu);
}
void members(auto& io, Is<DoctorRequest::Caller> auto& caller) {
  io("visible_devices", caller.visible_devices);
  io("folders", caller.folders);
  io("nvcc", caller.nvcc);
  io("nvcc_version", caller.nvcc_version);
  io("closed_devices", caller.closed_devices);
  io("python", caller.python);
  io("python_problem", caller.python_problem);
  io("frameworks", caller.frameworks);
}
void members(auto& io, Is<DoctorRequest> auto& request) { io("caller", request.caller); }
void members(auto& io, Is<DoctorReply::Finding> auto& finding) {
  io.always("name", finding.name);
  io("note", finding.note);
  io.always("what", finding.what);
  io("evidence", finding.evidence);
  io.always("why", finding.why);
  io.always("fix", finding.fix);
  io("command", finding.command);
  io.always("cure", finding.cure);
  io("by_recipe", finding.by_recipe);
}
void members(auto& io, Is<DoctorReply> auto& reply) {
  io.always("root", reply.root);
  io("rig", reply.rig);
  io("os", reply.os);
  io("recipe", reply.recipe);
  io.always("looked_at", reply.looked_at);
  io.always("findings", reply.findings);
}

Value DoctorRequest::to_value() const { return write_members(*this); }
DoctorRequest DoctorRequest::from(const Value& value) {
  return read_members<DoctorRequest>(value, "the request");
}
Value DoctorReply::to_value() const { return write_members(*this); }
DoctorReply DoctorReply::from(const Value& value) { return read_members<DoctorReply>(value, "the reply"); }

}  // namespace rigsetup::protocol
