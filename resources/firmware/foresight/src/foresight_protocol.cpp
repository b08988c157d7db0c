#include "foresight_protocol.h"

#include <string.h>

namespace foresight {
namespace {

enum Type : uint8_t {
  kHelloRequest = 0x01,
  kStream = 0x02,
  kCommand = 0x03,
  kHold = 0x04,
  kRelease = 0x05,
  kResume = 0x06,
  kReset = 0x07,
  kStatusRequest = 0x08,
  kHello = 0x81,
  kObservation = 0x82,
  kStatus = 0x83,
  kError = 0x84,
};

// A schedule that fell further behind than this (a debugger, a long interrupt) starts anew.
constexpr uint32_t kMaxPeriodsBehind = 25;

// Half the range of the µs counter apart: also right where it wraps, every 71 minutes.
bool isDue(uint32_t now, uint32_t deadline) { return static_cast<int32_t>(now - deadline) >= 0; }

bool isFinite(float value) { return value - value == 0.0f; }

}  // namespace

uint16_t crc16(const uint8_t* bytes, size_t length) {
  uint16_t crc = 0xFFFF;
  for (size_t i = 0; i < length; i++) {
    crc ^= static_cast<uint16_t>(bytes[i]) << 8;
    for (uint8_t bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return crc;
}

size_t cobsEncode(const uint8_t* bytes, size_t length, uint8_t* out) {
  size_t codeAt = 0;
  size_t end = 1;
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != 0) out[end++] = bytes[i];
    const bool isFull = bytes[i] != 0 && end - codeAt == 0xFF && i + 1 < length;
    if (bytes[i] != 0 && !isFull) continue;
    out[codeAt] = static_cast<uint8_t>(end - codeAt);
    codeAt = end++;
  }
  out[codeAt] = static_cast<uint8_t>(end - codeAt);
  return end;
}

size_t cobsDecode(const uint8_t* stuffed, size_t length, uint8_t* out) {
  size_t end = 0;
  size_t at = 0;
  while (at < length) {
    const uint8_t code = stuffed[at];
    const size_t next = at + code;
    if (code == 0 || next > length) return 0;
    for (size_t i = at + 1; i < next; i++) {
      if (stuffed[i] == 0) return 0;
      out[end++] = stuffed[i];
    }
    if (code < 0xFF && next < length) out[end++] = 0;
    at = next;
  }
  return end;
}

/// Little endian; anything read past the end makes the payload a bad one.
class Device::Reader {
 public:
  Reader(const uint8_t* bytes, size_t length) : bytes_(bytes), left_(length) {}
  uint8_t u8() {
    if (left_ == 0) {
      overrun_ = true;
      return 0;
    }
    left_--;
    return *bytes_++;
  }
  uint16_t u16() {
    const uint16_t low = u8();
    return static_cast<uint16_t>(low | u8() << 8);
  }
  uint32_t u32() {
    const uint32_t low = u16();
    return low | static_cast<uint32_t>(u16()) << 16;
  }
  float f32() {
    const uint32_t bits = u32();
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
  }
  bool isExhausted() const { return !overrun_ && left_ == 0; }

 private:
  const uint8_t* bytes_;
  size_t left_;
  bool overrun_ = false;
};

class Device::Writer {
 public:
  Writer& u8(uint8_t value) {
    if (length_ < kMaxPayload) bytes_[length_++] = value;
    return *this;
  }
  Writer& u16(uint16_t value) { return u8(static_cast<uint8_t>(value)).u8(static_cast<uint8_t>(value >> 8)); }
  Writer& u32(uint32_t value) {
    return u16(static_cast<uint16_t>(value)).u16(static_cast<uint16_t>(value >> 16));
  }
  Writer& f32(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return u32(bits);
  }
  Writer& text(const char* value) {
    const size_t length = strlen(value) < 255 ? strlen(value) : 255;
    u8(static_cast<uint8_t>(length));
    for (size_t i = 0; i < length; i++) u8(static_cast<uint8_t>(value[i]));
    return *this;
  }
  Writer& floats(const float* values, uint8_t count) {
    u8(count);
    for (uint8_t i = 0; i < count; i++) f32(values[i]);
    return *this;
  }
  const uint8_t* bytes() const { return bytes_; }
  size_t length() const { return length_; }

 private:
  uint8_t bytes_[kMaxPayload];
  size_t length_ = 0;
};

void Device::begin() {
  hardware_.setTorque(true);
  applyHold();
  sendHello(kUnasked);
}

void Device::receive(const uint8_t* bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != 0) {
      if (receivedLength_ < kMaxStuffed) received_[receivedLength_++] = bytes[i];
      else overlong_ = true;
      continue;
    }
    uint8_t plain[kMaxStuffed];
    const size_t size = overlong_ ? 0 : cobsDecode(received_, receivedLength_, plain);
    receivedLength_ = 0;
    overlong_ = false;
    if (size < 9) continue;
    const uint16_t crc = static_cast<uint16_t>(plain[size - 2] | plain[size - 1] << 8);
    if (crc16(plain, size - 2) == crc) handleFrame(plain, size - 2);
  }
}

void Device::tick() {
  const uint32_t now = hardware_.micros();
  if (commandLives_ && isDue(now, commandDeadline_)) {
    applyHold();
    sendStatus(kUnasked, true);
  }
  if (resetting_ && hardware_.resetDone()) {
    resetting_ = false;
    applyHold();
    sendStatus(resetSequence_);
    sendObservation();
    nextObservation_ = now + streamPeriod_;
  }
  if (streamPeriod_ != 0 && isDue(now, nextObservation_)) {
    nextObservation_ += streamPeriod_;
    if (isDue(now, nextObservation_ + kMaxPeriodsBehind * streamPeriod_)) nextObservation_ = now + streamPeriod_;
    sendObservation();
  }
}

void Device::enterHold() {
  if (resetting_) hardware_.abortReset();
  resetting_ = false;
  halted_ = true;
  hardware_.setTorque(true);
  applyHold();
}

void Device::resume() {
  halted_ = false;
  hardware_.setTorque(true);
  if (!resetting_) applyHold();
}

void Device::applyHold() {
  commandLives_ = false;
  hardware_.apply(config_.hold);
}

void Device::handleFrame(const uint8_t* plain, size_t length) {
  const uint8_t type = plain[0];
  const uint16_t sequence = static_cast<uint16_t>(plain[1] | plain[2] << 8);
  Reader reader(plain + 7, length - 7);
  switch (type) {
    case kHelloRequest: {
      const uint8_t version = reader.u8();
      if (!reader.isExhausted()) break;
      if (version == kProtocolVersion) sendHello(sequence);
      else sendError(sequence, kWrongVersion, "this firmware speaks version 1");
      return;
    }
    case kStream: {
      const uint32_t period = reader.u32();
      if (!reader.isExhausted()) break;
      streamPeriod_ = period == 0 || period > config_.periodMicros ? period : config_.periodMicros;
      nextObservation_ = hardware_.micros() + streamPeriod_;
      sendStatus(sequence);
      return;
    }
    case kCommand:
      handleCommand(reader, sequence);
      return;
    case kReset:
      handleReset(reader, sequence);
      return;
    case kHold:
      if (!reader.isExhausted()) break;
      enterHold();
      sendStatus(sequence);
      return;
    case kRelease:
      if (!reader.isExhausted()) break;
      enterHold();
      hardware_.setTorque(false);
      sendStatus(sequence);
      return;
    case kResume:
      if (!reader.isExhausted()) break;
      resume();
      sendStatus(sequence);
      return;
    case kStatusRequest:
      if (!reader.isExhausted()) break;
      sendStatus(sequence);
      return;
    default:
      sendError(sequence, kUnknownType, "no message has this type");
      return;
  }
  sendError(sequence, kBadPayload, "the payload does not fit the type");
}

void Device::handleCommand(Reader& reader, uint16_t sequence) {
  const uint32_t ttlMillis = reader.u16();
  const uint8_t count = reader.u8();
  float values[kMaxChannels];
  bool isGood = count == config_.actionCount && count <= kMaxChannels;
  for (uint8_t i = 0; isGood && i < count; i++) {
    const Channel& channel = config_.actions[i];
    values[i] = reader.f32();
    isGood = isFinite(values[i]);
    if (values[i] < channel.low) values[i] = channel.low;
    if (values[i] > channel.high) values[i] = channel.high;
  }
  if (!isGood || !reader.isExhausted()) return sendError(sequence, kBadPayload, "not a command for this device");
  if (halted_) return sendError(sequence, kHalted, hardware_.torque() ? "on hold" : "released");
  if (resetting_) return sendError(sequence, kHalted, "resetting");
  commandLives_ = true;
  commandDeadline_ = hardware_.micros() + ttlMillis * 1000;
  hardware_.apply(values);
}

void Device::handleReset(Reader& reader, uint16_t sequence) {
  const uint32_t seed = reader.u32();
  if (!reader.isExhausted()) return sendError(sequence, kBadPayload, "the payload does not fit the type");
  if (halted_) return sendError(sequence, kHalted, hardware_.torque() ? "on hold" : "released");
  if (hasReset_ && resetSequence_ == sequence) {
    // The host has not heard the answer yet: either there is none so far, or it was lost.
    if (resetting_) return;
    sendStatus(sequence);
    sendObservation();
    return;
  }
  applyHold();
  if (!hardware_.startReset(seed)) return sendError(sequence, kCannotReset, "the rig cannot go to its start now");
  hasReset_ = true;
  resetting_ = true;
  resetSequence_ = sequence;
}

void Device::sendHello(uint16_t answers) {
  Writer writer;
  writer.u16(answers).u8(kProtocolVersion).u32(config_.periodMicros).text(config_.firmware).text(config_.version);
  const Channel* lists[] = {config_.observations, config_.actions};
  const uint8_t counts[] = {config_.observationCount, config_.actionCount};
  for (uint8_t list = 0; list < 2; list++) {
    writer.u8(counts[list]);
    for (uint8_t i = 0; i < counts[list]; i++) {
      const Channel& channel = lists[list][i];
      writer.text(channel.name).text(channel.unit).f32(channel.low).f32(channel.high);
    }
  }
  send(kHello, writer.bytes(), writer.length());
}

void Device::sendStatus(uint16_t answers, bool expired) {
  float values[kMaxChannels];
  hardware_.applied(values);
  const uint8_t flags =
      static_cast<uint8_t>((hardware_.torque() ? 1 : 0) | (halted_ ? 2 : 0) | (expired ? 4 : 0));
  Writer writer;
  writer.u16(answers).u8(flags).floats(values, config_.actionCount);
  send(kStatus, writer.bytes(), writer.length());
}

void Device::sendObservation() {
  float values[kMaxChannels];
  hardware_.observe(values);
  Writer writer;
  writer.floats(values, config_.observationCount);
  send(kObservation, writer.bytes(), writer.length());
}

void Device::sendError(uint16_t answers, ErrorCode code, const char* text) {
  Writer writer;
  writer.u16(answers).u8(code).text(text);
  send(kError, writer.bytes(), writer.length());
}

void Device::send(uint8_t type, const uint8_t* payload, size_t length) {
  uint8_t plain[kMaxPlain];
  const uint32_t time = hardware_.micros();
  plain[0] = type;
  plain[1] = static_cast<uint8_t>(sequence_);
  plain[2] = static_cast<uint8_t>(sequence_ >> 8);
  for (uint8_t i = 0; i < 4; i++) plain[3 + i] = static_cast<uint8_t>(time >> (8 * i));
  memcpy(plain + 7, payload, length);
  const uint16_t crc = crc16(plain, 7 + length);
  plain[7 + length] = static_cast<uint8_t>(crc);
  plain[8 + length] = static_cast<uint8_t>(crc >> 8);
  uint8_t stuffed[kMaxStuffed + 1];
  const size_t size = cobsEncode(plain, 9 + length, stuffed);
  stuffed[size] = 0;
  hardware_.write(stuffed, size + 1);
  sequence_++;
}

}  // namespace foresight
