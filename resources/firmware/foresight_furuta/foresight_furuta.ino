// Foresight's Furuta pendulum on an ESP32 (Arduino core 3): an arm that a DC motor turns in the plane, and a pendulum that
// swings freely at its tip. Wiring and flashing: README.md beside this file. Protocol: docs/protocol.md.
#include <foresight_board.h>

#include "config.h"

namespace {

const float kNone = NAN;
const foresight::Channel kObservations[] = {
    {"arm", "rad", -kArmRadians, kArmRadians},
    {"arm_velocity", "rad/s", kNone, kNone},
    {"pendulum", "rad", kNone, kNone},
    {"pendulum_velocity", "rad/s", kNone, kNone},
};
const foresight::Channel kActions[] = {{"drive", "1", -1.0f, 1.0f}};
const float kHold[] = {0.0f};
const foresight::Config kConfig = {"foresight-furuta", "1.0.0", 20000, kObservations, 4, kActions, 1, kHold};

constexpr float kHomingDrive = 0.3f;
constexpr float kSlowRadians = 0.5f;
constexpr float kHomedRadians = 0.05f;
// One count of the encoder, as it is measured.
constexpr float kStillRadiansPerSecond = 0.6f;
constexpr uint32_t kStillMicros = 500000;

foresight::Encoder armEncoder(kPinArmA, kPinArmB);
foresight::Encoder pendulumEncoder(kPinPendulumA, kPinPendulumB);

class Furuta : public foresight::Board {
 public:
  void begin() {
    motor_.begin();
    armEncoder.begin();
    pendulumEncoder.begin();
    pinMode(kPinStop, INPUT_PULLUP);
    arm_.begin();
    pendulum_.begin();
  }

  /// Encoders, the ends of the cable, and the way home. As often as possible.
  void update() {
    arm_.update();
    pendulum_.update();
    if (homing_) {
      const float distance = -arm_.position();
      motor_.drive(fabsf(distance) < kHomedRadians / 2 ? 0.0f : foresight::towards(distance, kSlowRadians, kHomingDrive));
    } else if (isAtEnd(motor_.driven())) {
      motor_.drive(0.0f);
    }
  }

  void observe(float* values) override {
    values[0] = arm_.position();
    values[1] = arm_.velocity();
    values[2] = foresight::wrapped(pendulum_.position());
    values[3] = pendulum_.velocity();
  }

  void apply(const float* values) override { motor_.drive(isAtEnd(values[0]) ? 0.0f : values[0]); }
  void applied(float* values) override { values[0] = motor_.driven(); }
  void setTorque(bool on) override { motor_.enable(on); }
  bool torque() override { return motor_.enabled(); }

  /// Home is the arm at its zero with the pendulum hanging still.
  bool startReset(uint32_t) override {
    homing_ = true;
    stillSince_ = ::micros();
    return true;
  }

  bool resetDone() override {
    const bool isHome = fabsf(arm_.position()) < kHomedRadians && fabsf(arm_.velocity()) < kStillRadiansPerSecond;
    const bool hangs = fabsf(foresight::wrapped(pendulum_.position() - foresight::kPi)) < kHomedRadians &&
                       fabsf(pendulum_.velocity()) < kStillRadiansPerSecond;
    if (!isHome || !hangs) stillSince_ = ::micros();
    if (static_cast<uint32_t>(::micros() - stillSince_) < kStillMicros) return false;
    abortReset();
    return true;
  }

  void abortReset() override {
    homing_ = false;
    motor_.drive(0.0f);
  }

 private:
  bool isAtEnd(float drive) const {
    return (drive < 0 && arm_.position() <= -kArmRadians) || (drive > 0 && arm_.position() >= kArmRadians);
  }

  foresight::Motor motor_{kMotor};
  foresight::Axis arm_{armEncoder, kArmRadiansPerCount, 0.0f};
  // It hangs still when the board starts: that is π from upright.
  foresight::Axis pendulum_{pendulumEncoder, kPendulumRadiansPerCount, foresight::kPi};
  uint32_t stillSince_ = 0;
  bool homing_ = false;
};

Furuta furuta;
foresight::Device device(kConfig, furuta);

}  // namespace

void setup() {
  furuta.begin();
  foresight::start(device, &kMotor.enable, 1);
}

void loop() {
  furuta.update();
  foresight::serve(device, digitalRead(kPinStop) == HIGH);
}
