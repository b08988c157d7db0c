#pragma once
#include <stdint.h>
typedef struct esp_timer* esp_timer_handle_t;
struct esp_timer_create_args_t {
  void (*callback)(void*);
  void* arg;
  int dispatch_method;
  const char* name;
  bool skip_unhandled_events;
};
int esp_timer_create(const esp_timer_create_args_t* options, esp_timer_handle_t* handle);
int esp_timer_start_periodic(esp_timer_handle_t handle, uint64_t period_us);
