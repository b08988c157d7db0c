// A rig of up to eight joints on an ESP32 (Arduino core 3), each with a DC motor and an encoder, listed in config.h.
// Wiring and flashing: README.md beside this file. Protocol: docs/protocol.md.
#include <foresight_board.h>

#include "config.h"

namespace {

constexpr uint8_t kCount = sizeof kJoints / sizeof kJoints[0];
static_assert(kCount >= 1 && 2 * kCount <= foresight::kMaxChannels, "one joint at least, eight at most");

constexpr float kHomingDrive = 0.3f;
constexpr float kSlowRadians = 0.3f;
constexpr float kHomedRadians = 0.03f;
constexpr float kStillRadiansPerSecond = 0.1f;
constexpr uint32_t kStillMicros = 300000;

foresight::Channel observations[2 * kCount];
foresight::Channel actions[kCount];
float hold[kCount];
int enablePins[kCount];

/// One joint with what belongs to it.
class Part {
 public:
  explicit Part(const Joint& joint)
      : joint_(joint),
        encoder_(joint.pinA, joint.pinB),
        axis_(encoder_, joint.radiansPerCount, 0.0f),
        motor_(joint.motor) {}

  void begin() {
    motor_.begin();
    encoder_.begin();
    axis_.begin();
  }
  void update() {
    axis_.update();
    if (isAtEnd(motor_.driven())) motor_.drive(0.0f);
  }
  void drive(float share) { motor_.drive(isAtEnd(share) ? 0.0f : share); }
  void driveHome() {
    const float distance = -axis_.position();
    drive(fabsf(distance) < kHomedRadians / 2 ? 0.0f : foresight::towards(distance, kSlowRadians, kHomingDrive));
  }
  bool isHome() const {
    return fabsf(axis_.position()) < kHomedRadians && fabsf(axis_.velocity()) < kStillRadiansPerSecond;
  }
  float angle() const { return axis_.position(); }
  float velocity() const { return axis_.velocity(); }
  foresight::Motor& motor() { return motor_; }

 private:
  bool isAtEnd(float share) const {
    return (share < 0 && axis_.position() <= joint_.low) || (share > 0 && axis_.position() >= joint_.high);
  }

  const Joint& joint_;
  foresight::Encoder encoder_;
  foresight::Axis axis_;
  foresight::Motor motor_;
};

class Joints : public foresight::Board {
 public:
  /// Parts are made once, where they stay: an interrupt knows its encoder by address.
  void begin() {
    for (uint8_t i = 0; i < kCount; i++) {
      parts_[i] = new Part(kJoints[i]);
      parts_[i]->begin();
    }
    pinMode(kPinStop, INPUT_PULLUP);
  }

  void update() {
    for (Part* part : parts_) {
      part->update();
      if (homing_) part->driveHome();
    }
  }

  void observe(float* values) override {
    for (uint8_t i = 0; i < kCount; i++) {
      values[2 * i] = parts_[i]->angle();
      values[2 * i + 1] = parts_[i]->velocity();
    }
  }

  void apply(const float* values) override {
    for (uint8_t i = 0; i < kCount; i++) parts_[i]->drive(values[i]);
  }
  void applied(float* values) override {
    for (uint8_t i = 0; i < kCount; i++) values[i] = parts_[i]->motor().driven();
  }
  void setTorque(bool on) override {
    wantsTorque_ = on;
    for (Part* part : parts_) part->motor().enable(on);
  }
  /// On is who holds with every motor, off who does with none.
  bool torque() override {
    uint8_t on = 0;
    for (Part* part : parts_) on += part->motor().enabled() ? 1 : 0;
    return wantsTorque_ ? on == kCount : on > 0;
  }

  /// Home is where the joints stood when the board started.
  bool startReset(uint32_t) override {
    homing_ = true;
    stillSince_ = ::micros();
    return true;
  }

  bool resetDone() override {
    for (Part* part : parts_) {
      if (!part->isHome()) stillSince_ = ::micros();
    }
    if (static_cast<uint32_t>(::micros() - stillSince_) < kStillMicros) return false;
    abortReset();
    return true;
  }

  void abortReset() override {
    homing_ = false;
    for (Part* part : parts_) part->drive(0.0f);
  }

 private:
  Part* parts_[kCount];
  uint32_t stillSince_ = 0;
  bool wantsTorque_ = false;
  bool homing_ = false;
};

Joints joints;
const foresight::Config kConfig = {"foresight-joints", "1.0.0", 20000,  observations, 2 * kCount,
                                   actions,            kCount,  hold};
foresight::Device device(kConfig, joints);

}  // namespace

void setup() {
  for (uint8_t i = 0; i < kCount; i++) {
    observations[2 * i] = {kJoints[i].angle, "rad", kJoints[i].low, kJoints[i].high};
    observations[2 * i + 1] = {kJoints[i].velocity, "rad/s", NAN, NAN};
    actions[i] = {kJoints[i].drive, "1", -1.0f, 1.0f};
    hold[i] = 0.0f;
    enablePins[i] = kJoints[i].motor.enable;
  }
  joints.begin();
  foresight::start(device, enablePins, kCount);
}

void loop() {
  joints.update();
  foresight::serve(device, digitalRead(kPinStop) == HIGH);
}
