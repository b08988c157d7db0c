// What Foresight's rigs on an ESP32 (Arduino core 3) have in common: encoders, H-bridges, the serial port, and a watchdog
// that works when everything else on the board stands still.
#pragma once

#include <Arduino.h>

#include "foresight_protocol.h"

namespace foresight {

constexpr float kPi = 3.14159265f;

/// An angle in [-π, π).
float wrapped(float angle);

/// The drive towards a place `distance` away: `most` from afar and less within `slow` of it, so that it arrives and does not
/// run over it again and again.
float towards(float distance, float slow, float most);

/// A quadrature encoder on two pins, counted by interrupts: four counts a line.
class Encoder {
 public:
  Encoder(int pinA, int pinB) : pinA_(pinA), pinB_(pinB) {}
  void begin();
  int32_t counts() const { return counts_; }

 private:
  static void onEdge(void* encoder);
  const int pinA_;
  const int pinB_;
  volatile int32_t counts_ = 0;
  volatile uint8_t state_ = 0;
};

/// Position and velocity of an encoder: differences over a few milliseconds, then a first-order low-pass of the same length.
class Axis {
 public:
  /// `zero` is the position where the encoder stands when the board starts.
  Axis(Encoder& encoder, float perCount, float zero) : encoder_(encoder), perCount_(perCount), zero_(zero) {}
  void begin();
  /// As often as possible.
  void update();
  float position() const { return position_; }
  float velocity() const { return velocity_; }

 private:
  Encoder& encoder_;
  const float perCount_;
  const float zero_;
  float position_ = 0;
  float velocity_ = 0;
  uint32_t updated_ = 0;
};

/// A motor on an H-bridge with two PWM inputs and an enable pin (BTS7960, DRV8871).
class Motor {
 public:
  struct Wiring {
    int forward;
    int backward;
    int enable;
    /// Duty (0 to 1) at full drive, and what the motor needs to begin to move.
    float fullDuty;
    float frictionDuty;
  };
  explicit Motor(const Wiring& wiring) : wiring_(wiring) {}
  void begin();
  void enable(bool on);
  bool enabled() const { return digitalRead(wiring_.enable) == HIGH; }
  /// −1 to 1.
  void drive(float share);
  /// What it is being driven with: nothing while it is not enabled.
  float driven() const { return enabled() ? share_ : 0.0f; }
  int enablePin() const { return wiring_.enable; }

 private:
  const Wiring wiring_;
  float share_ = 0;
};

/// The board's side of the protocol.
class Board : public Hardware {
 public:
  uint32_t micros() override { return ::micros(); }
  void write(const uint8_t* bytes, size_t length) override { Serial.write(bytes, length); }

 protected:
  ~Board() = default;
};

/// At the end of setup(): opens the serial port and begins. From here on the pins `enablePins` are pulled low whenever
/// `serve` has not come round for 50 ms: a loop that is stuck cannot let a command expire.
void start(Device& device, const int* enablePins, uint8_t count);

/// In loop(): takes what has come, lets commands expire, answers. `stopPressed` is a button on the rig.
void serve(Device& device, bool stopPressed);

}  // namespace foresight
