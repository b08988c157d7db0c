// A flywheel with friction behind every motor.
#include "bench.h"
#include "config.h"

namespace {
constexpr int kCount = sizeof kJoints / sizeof kJoints[0];
float angles[kCount], velocities[kCount];
}  // namespace

void stepPlant(float seconds) {
  for (int i = 0; i < kCount; i++) {
    const Joint& joint = kJoints[i];
    const float duty = driveOf(joint.motor.forward, joint.motor.backward, joint.motor.enable, joint.motor.frictionDuty);
    velocities[i] += seconds * (60.0f * duty - 15.0f * velocities[i]);
    angles[i] += seconds * velocities[i];
    turnEncoder(joint.pinA, joint.pinB, lroundf(angles[i] / joint.radiansPerCount));
  }
}
