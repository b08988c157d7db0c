// Foresight's serial protocol, device side (docs/protocol.md). Plain C++11 without Arduino, heap or exceptions, so
// that it compiles for any board and on a host, where it is tested against Foresight's own driver.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace foresight {

constexpr uint8_t kProtocolVersion = 1;
constexpr uint16_t kUnasked = 0xFFFF;
constexpr size_t kMaxPayload = 512;  // room for a hello with about 16 channels
constexpr size_t kMaxPlain = 7 + kMaxPayload + 2;
constexpr size_t kMaxStuffed = kMaxPlain + kMaxPlain / 254 + 1;
constexpr uint8_t kMaxChannels = 16;

enum ErrorCode : uint8_t { kHalted = 1, kBadPayload = 2, kUnknownType = 3, kWrongVersion = 4, kCannotReset = 5 };

/// CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF; of "123456789" 0x29B1.
uint16_t crc16(const uint8_t* bytes, size_t length);

/// COBS. `out` has room for length + length / 254 + 1 bytes; returns the bytes written, without a closing zero.
size_t cobsEncode(const uint8_t* bytes, size_t length, uint8_t* out);

/// Returns the bytes written to `out` (room for `length`), or 0 where no encoder can have made `stuffed`.
size_t cobsDecode(const uint8_t* stuffed, size_t length, uint8_t* out);

struct Channel {
  const char* name;
  const char* unit;
  float low;  ///< NaN where none is known
  float high;
};

/// What the protocol needs of the board. Values are in the unit of their channel.
class Hardware {
 public:
  virtual uint32_t micros() = 0;
  virtual void write(const uint8_t* bytes, size_t length) = 0;
  virtual void observe(float* values) = 0;
  /// Drives the motors. Called with clipped, finite values.
  virtual void apply(const float* values) = 0;
  /// What the motors are being driven with, read from the motor's side.
  virtual void applied(float* values) = 0;
  virtual void setTorque(bool on) = 0;
  virtual bool torque() = 0;
  /// Begins to go to the start; false when that is not possible now.
  virtual bool startReset(uint32_t seed) = 0;
  /// True once the start is reached. Called again and again from tick().
  virtual bool resetDone() = 0;
  virtual void abortReset() = 0;

 protected:
  ~Hardware() = default;
};

struct Config {
  const char* firmware;
  const char* version;
  uint32_t periodMicros;
  const Channel* observations;
  uint8_t observationCount;
  const Channel* actions;
  uint8_t actionCount;
  /// The action that stands still.
  const float* hold;
};

/// The device: frames in, answers and observations out, commands that expire, hold, release and resume.
class Device {
 public:
  Device(const Config& config, Hardware& hardware) : config_(config), hardware_(hardware) {}

  /// Once after start-up: torque on, hold action, and the hello nobody asked for.
  void begin();
  void receive(const uint8_t* bytes, size_t length);
  /// As often as possible, at least every millisecond.
  void tick();
  /// As if the host had sent *hold*: for a button on the rig.
  void enterHold();

  bool halted() const { return halted_; }

 private:
  class Reader;
  class Writer;
  void handleFrame(const uint8_t* plain, size_t length);
  void handleCommand(Reader& reader, uint16_t sequence);
  void handleReset(Reader& reader, uint16_t sequence);
  void applyHold();
  void resume();
  void sendHello(uint16_t answers);
  void sendStatus(uint16_t answers, bool expired = false);
  void sendObservation();
  void sendError(uint16_t answers, ErrorCode code, const char* text);
  void send(uint8_t type, const uint8_t* payload, size_t length);

  const Config& config_;
  Hardware& hardware_;
  uint8_t received_[kMaxStuffed];
  size_t receivedLength_ = 0;
  bool overlong_ = false;
  uint16_t sequence_ = 0;
  bool halted_ = false;
  bool commandLives_ = false;
  uint32_t commandDeadline_ = 0;
  uint32_t streamPeriod_ = 0;
  uint32_t nextObservation_ = 0;
  bool resetting_ = false;
  bool hasReset_ = false;
  uint16_t resetSequence_ = 0;
};

}  // namespace foresight
