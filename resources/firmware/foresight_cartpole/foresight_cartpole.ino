// Foresight's cart-pole on an ESP32 (Arduino core 3): a belt-driven cart with a DC motor, and a pole that swings freely.
// Wiring and flashing: README.md beside this file. Protocol: docs/protocol.md.
#include <foresight_board.h>

#include "config.h"

namespace {

const float kNone = NAN;
const foresight::Channel kObservations[] = {
    {"cart_position", "m", -kTrackMetres, kTrackMetres},
    {"cart_velocity", "m/s", kNone, kNone},
    {"pole_angle", "rad", kNone, kNone},
    {"pole_velocity", "rad/s", kNone, kNone},
};
const foresight::Channel kActions[] = {{"force", "1", -1.0f, 1.0f}};
const float kHold[] = {0.0f};
const foresight::Config kConfig = {"foresight-cartpole", "1.1.0", 20000, kObservations, 4, kActions, 1, kHold};

constexpr float kHomingForce = 0.25f;
constexpr float kSlowMetres = 0.1f;
constexpr float kHomedMetres = 0.01f;
constexpr float kUprightRadians = 0.05f;
constexpr uint32_t kUprightMicros = 300000;

foresight::Encoder cartEncoder(kPinCartA, kPinCartB);
foresight::Encoder poleEncoder(kPinPoleA, kPinPoleB);

class CartPole : public foresight::Board {
 public:
  void begin() {
    motor_.begin();
    cartEncoder.begin();
    poleEncoder.begin();
    for (int pin : {kPinEndLeft, kPinEndRight, kPinStop}) pinMode(pin, INPUT_PULLUP);
    cart_.begin();
    pole_.begin();
  }

  /// Encoders, ends of the track, and the way home. As often as possible.
  void update() {
    cart_.update();
    pole_.update();
    if (homing_) {
      const float distance = -cart_.position();
      motor_.drive(fabsf(distance) < kHomedMetres / 2 ? 0.0f : foresight::towards(distance, kSlowMetres, kHomingForce));
    } else if (isAtEnd(motor_.driven())) {
      motor_.drive(0.0f);
    }
  }

  void observe(float* values) override {
    values[0] = cart_.position();
    values[1] = cart_.velocity();
    values[2] = foresight::wrapped(pole_.position());
    values[3] = pole_.velocity();
  }

  void apply(const float* values) override { motor_.drive(isAtEnd(values[0]) ? 0.0f : values[0]); }
  void applied(float* values) override { values[0] = motor_.driven(); }
  void setTorque(bool on) override { motor_.enable(on); }
  bool torque() override { return motor_.enabled(); }

  /// Home is the middle of the track with the pole held upright: a person lifts it.
  bool startReset(uint32_t) override {
    homing_ = true;
    uprightSince_ = ::micros();
    return true;
  }

  bool resetDone() override {
    const bool isUpright = fabsf(foresight::wrapped(pole_.position())) < kUprightRadians;
    if (fabsf(cart_.position()) >= kHomedMetres || !isUpright) uprightSince_ = ::micros();
    if (static_cast<uint32_t>(::micros() - uprightSince_) < kUprightMicros) return false;
    abortReset();
    return true;
  }

  void abortReset() override {
    homing_ = false;
    motor_.drive(0.0f);
  }

 private:
  /// Would this force push further into an end of the track?
  bool isAtEnd(float force) {
    return (force < 0 && digitalRead(kPinEndLeft) == LOW) || (force > 0 && digitalRead(kPinEndRight) == LOW);
  }

  foresight::Motor motor_{kMotor};
  foresight::Axis cart_{cartEncoder, kMetresPerCount, 0.0f};
  // The pole hangs still when the board starts: that is π from upright.
  foresight::Axis pole_{poleEncoder, kRadiansPerCount, foresight::kPi};
  uint32_t uprightSince_ = 0;
  bool homing_ = false;
};

CartPole cartPole;
foresight::Device device(kConfig, cartPole);

}  // namespace

void setup() {
  cartPole.begin();
  foresight::start(device, &kMotor.enable, 1);
}

void loop() {
  cartPole.update();
  foresight::serve(device, digitalRead(kPinStop) == HIGH);
}
