// What the sketches use of Arduino's ESP32 core 3, for this machine: pins are numbers in memory, Serial is stdin and stdout.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include <initializer_list>

#define IRAM_ATTR
enum { LOW, HIGH };
enum { INPUT, OUTPUT, INPUT_PULLUP };
enum { CHANGE };
unsigned long micros();
void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t value);
int digitalRead(uint8_t pin);
int digitalPinToInterrupt(int pin);
void attachInterruptArg(uint8_t pin, void (*handler)(void*), void* argument, int mode);
bool ledcAttach(uint8_t pin, uint32_t frequency, uint8_t resolution);
bool ledcWrite(uint8_t pin, uint32_t duty);
struct HardwareSerial {
  void begin(unsigned long baud);
  size_t setRxBufferSize(size_t size);
  int available();
  size_t readBytes(uint8_t* buffer, size_t length);
  size_t write(const uint8_t* buffer, size_t length);
};
extern HardwareSerial Serial;
