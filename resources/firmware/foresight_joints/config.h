// This rig's joints, their pins and numbers: as many as there are entries in kJoints, eight at most. Names and units are those
// of rig.json.
#pragma once

#include <foresight_board.h>

struct Joint {
  /// Channels: angle (rad), its velocity (rad/s), and what drives it (−1 to 1).
  const char* angle;
  const char* velocity;
  const char* drive;
  foresight::Motor::Wiring motor;
  int pinA;
  int pinB;
  float radiansPerCount;
  /// Beyond these angles nothing drives it further out.
  float low;
  float high;
};

// Counts are edges of both channels of an encoder, four a line; behind a gear of 30 here.
constexpr float kGearedRadiansPerCount = 2 * foresight::kPi / (4 * 11 * 30);

constexpr Joint kJoints[] = {
    {"shoulder", "shoulder_velocity", "shoulder_drive", {25, 26, 27, 0.9f, 0.05f}, 32, 33, kGearedRadiansPerCount, -1.5f, 1.5f},
    {"elbow", "elbow_velocity", "elbow_drive", {16, 17, 4, 0.9f, 0.05f}, 34, 35, kGearedRadiansPerCount, -2.0f, 2.0f},
};

// A latching stop button (open when pressed).
constexpr int kPinStop = 21;
