// An arm with friction, and a pendulum that the arm's acceleration swings.
#include "bench.h"
#include "config.h"

namespace {
float arm = 0, armDot = 0, pendulum = foresight::kPi, pendulumDot = 0;
}

void stepPlant(float seconds) {
  const float acceleration =
      40.0f * driveOf(kMotor.forward, kMotor.backward, kMotor.enable, kMotor.frictionDuty) - 8.0f * armDot;
  armDot += seconds * acceleration;
  arm += seconds * armDot;
  pendulumDot += seconds * (70.0f * sinf(pendulum) - acceleration * cosf(pendulum) - 3.0f * pendulumDot);
  pendulum += seconds * pendulumDot;
  turnEncoder(kPinArmA, kPinArmB, lroundf(arm / kArmRadiansPerCount));
  turnEncoder(kPinPendulumA, kPinPendulumB, lroundf((pendulum - foresight::kPi) / kPendulumRadiansPerCount));
}
