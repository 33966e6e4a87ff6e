/*===- vitrail.h - C interface of compiled models -------------------*- C -*-===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The types that every compiled model shares. The compiler copies this file
 * into each header that it generates, so that a user needs that header alone;
 * the guard lets a program include the headers of several models.
 *
 *===----------------------------------------------------------------------===*/
#ifndef VITRAIL_ABI
#define VITRAIL_ABI 4

#include <stddef.h>
#include <stdint.h>

/* What a call came to. Anything but VITRAIL_OK leaves the outputs unspecified
 * and a sentence in the context's message. */
typedef enum vitrail_status {
  VITRAIL_OK = 0,
  VITRAIL_INVALID_ARGUMENT = 1, /* a null pointer, a batch out of range ... */
  VITRAIL_OUT_OF_MEMORY = 2,
  VITRAIL_UNSUPPORTED_CPU = 3, /* the processor lacks a feature of the target */
  VITRAIL_WEIGHTS_ERROR = 4,   /* the weights file is missing or another's */
  VITRAIL_KERNEL_ERROR = 5,    /* a kernel refused its buffers: a bug */
  VITRAIL_THREAD_ERROR = 6,    /* the system gave no threads */
  VITRAIL_NO_DEVICE = 7,       /* no driver, no such device, or one too old */
  VITRAIL_DEVICE_ERROR = 8     /* the device's driver failed */
} vitrail_status;

typedef enum vitrail_type {
  VITRAIL_F32 = 0,
  VITRAIL_F16 = 1,
  VITRAIL_BF16 = 2,
  VITRAIL_I8 = 3,
  VITRAIL_U8 = 4,
  VITRAIL_I32 = 5,
  VITRAIL_I64 = 6,
  VITRAIL_BOOL = 7 /* a byte, 0 or 1; between kernels only */
} vitrail_type;

typedef enum vitrail_filter {
  VITRAIL_NEAREST = 0,
  VITRAIL_BILINEAR = 1,
  VITRAIL_BICUBIC = 2
} vitrail_filter;

/* How an 8-bit image becomes an input: the shorter side is resized to `resize`
 * pixels (0: not resized) with `filter`, the middle crop_height x crop_width
 * pixels are kept (0: all), and each value v of channel c becomes
 * (v * scale - mean[c]) / std[c]. */
typedef struct vitrail_preprocess {
  int32_t resize;
  vitrail_filter filter;
  int32_t crop_height;
  int32_t crop_width;
  float scale;
  int32_t channels; /* number of entries of mean and std */
  const float *mean;
  const float *std;
} vitrail_preprocess;

/* One input or output: row-major and dense, the last dimension contiguous. */
typedef struct vitrail_tensor_info {
  const char *name;
  vitrail_type type;
  int32_t rank;
  const int64_t *shape; /* an extent k >= 0, or -k for k times the batch */
  const vitrail_preprocess *preprocess; /* NULL where the model gives none */
} vitrail_tensor_info;

typedef struct vitrail_entry_info {
  const char *name;
  int32_t num_inputs;
  int32_t num_outputs;
  const vitrail_tensor_info *inputs;
  const vitrail_tensor_info *outputs;
} vitrail_entry_info;

/* How a model turns a source sequence into another: `encode` takes the source,
 * then `step`, again and again, the last token, and gives a score for each
 * token that may be next. Tokens are numbered from 0. */
typedef struct vitrail_generate_info {
  int32_t encode, step; /* numbers of entries */
  int32_t start, end;   /* the token before the first, and after the last */
  int32_t pad;          /* what fills a source up */
  int32_t max_length;   /* steps at most */
  int64_t source_length;
  int64_t vocabulary_size;
  const char *const *vocabulary; /* the text of each token, in UTF-8; NULL where
                                  * the model does not say */
} vitrail_generate_info;

typedef struct vitrail_model_info {
  uint32_t abi; /* VITRAIL_ABI when the library was made */
  const char *name;
  const char *compiler; /* "vitrail VERSION" */
  const char *target;   /* as given to the compiler, "native" resolved */
  int64_t max_batch;
  uint64_t weights_size;    /* bytes, packed */
  uint64_t arena_size;      /* bytes of activations for one sample */
  const char *weights_file; /* name of the file beside the library, or NULL */
  int32_t num_entries;
  const vitrail_entry_info *entries;
  uint64_t state_size; /* bytes kept between calls, for one sample */
  int32_t num_states;
  const vitrail_tensor_info *states;
  const vitrail_generate_info *generate; /* NULL where it does not generate */
} vitrail_model_info;

/* Where the inputs and outputs of calls are. */
typedef enum vitrail_memory {
  VITRAIL_HOST_MEMORY = 0,  /* a device copies them; calls wait for it */
  VITRAIL_DEVICE_MEMORY = 1 /* the device's, aligned to 16 bytes; calls return
                             * when their work is in the stream */
} vitrail_memory;

/* What a context is made with; a zeroed structure means the defaults. */
typedef struct vitrail_options {
  int32_t threads;          /* 0: as many as the process may run on */
  int64_t max_batch;        /* 0: the library's; smaller saves memory */
  const char *weights_file; /* NULL: beside the library, under its own name */
  const char *device;    /* "cpu", "cuda:N", "opencl:N" (N from 0), or "auto",
                          * as is NULL: the first GPU that the library has
                          * kernels for, else the processor; the message
                          * says why it is not a GPU */
  vitrail_memory memory; /* only a device may have another than the host's */
  void *stream; /* CUstream or cl_command_queue (in order) to work in; NULL: one
                 * of the context's own */
  int32_t timed; /* not 0: a device measures what it takes for each call */
} vitrail_options;

/* What runs the kernels of a context. */
typedef struct vitrail_device_info {
  int32_t type;     /* as in DLPack's DLDeviceType: 1 CPU, 2 CUDA, 4 OpenCL */
  int32_t index;    /* among the devices of that type */
  const char *name; /* the device's own; valid as long as the context */
  double seconds;   /* that the last call took, without copies of inputs and
                     * outputs; 0 where it was not timed */
} vitrail_device_info;

/* One step of an entry, a kernel or a copy. */
typedef struct vitrail_step_time {
  const char *name;
  double bytes;   /* of the tensors that it reads and writes, each once */
  double seconds; /* that it takes among others of its kind */
} vitrail_step_time;

/* What `profile` finds out. The last three are 0 for a processor, and the last
 * for a device that runs no recordings. */
typedef struct vitrail_profile {
  vitrail_step_time *steps; /* the caller's, as many as there is room for */
  int32_t capacity;
  int32_t num_steps;     /* of the entry */
  double seconds;        /* of a run, without copies of inputs and outputs */
  double peak_flops;     /* in a second, of multiply-adds in registers */
  double peak_bytes;     /* in a second, read and written by a copy */
  double launch_seconds; /* that a kernel which does nothing takes */
} vitrail_profile;

/* How `generate` searches; a zeroed structure means greedy search without a
 * length penalty, for as many steps as the model allows. */
typedef struct vitrail_generate_options {
  int32_t beams;        /* 0 or 1: greedy; else the width of beam search */
  int32_t max_length;   /* steps at most; 0: the model's */
  float length_penalty; /* exponent alpha of Wu et al. 2016, eq. 14 */
} vitrail_generate_options;

/* Private state of one caller: arena, threads, message. Contexts are
 * independent of each other; one context serves one call at a time. A failed
 * `create` still gives a context, good only for `message` and `destroy`; it is
 * NULL when even that took too much memory, and `message(NULL)` says so. */
typedef struct vitrail_context vitrail_context;

/* Every library exports one of these under the name `vitrail_model`, for tools
 * that load any model. `run` takes the entry's number and one pointer per input
 * and output in the order of the entry's description. */
typedef struct vitrail_model_api {
  const vitrail_model_info *info;
  vitrail_status (*create)(vitrail_context **context,
                           const vitrail_options *options);
  vitrail_status (*run)(vitrail_context *context, int32_t entry, int64_t batch,
                        const void *const *inputs, void *const *outputs);
  const char *(*message)(const vitrail_context *context);
  void (*destroy)(vitrail_context *context);

  /* NULL where the model has no states. `reset` makes all states zeros, as they
   * are in a new context. `reorder` makes sample i, for i below `count`, of
   * every state that depends on the batch what sample parents[i] was. */
  vitrail_status (*reset)(vitrail_context *context);
  vitrail_status (*reorder)(vitrail_context *context, int64_t count,
                            const int64_t *parents);

  /* NULL where the model does not generate. Continues the sequence of each of
   * `batch` sources, [batch, source_length]; any batch will do, NULL options
   * mean the defaults. `tokens` is [batch, max_length], the options' one: what
   * was generated, without start and end, then pads. `lengths` has the number
   * of tokens generated; if it is max_length, the end did not come. `scores`
   * has the log-probability of tokens and end, divided by the length penalty
   * ((5 + their number) / 6) ^ alpha. `lengths` and `scores` may be NULL. What
   * the states are afterwards is not specified. */
  vitrail_status (*generate)(vitrail_context *context, int64_t batch,
                             const int32_t *source,
                             const vitrail_generate_options *options,
                             int32_t *tokens, int32_t *lengths, float *scores);

  /* Says what runs the kernels of a context that was made without an error. */
  void (*device)(const vitrail_context *context, vitrail_device_info *info);

  /* Times each step of an entry by itself, and runs of all of them. Arguments
   * are those of `run`. What outputs and states are afterwards is not
   * specified. */
  vitrail_status (*profile)(vitrail_context *context, int32_t entry,
                            int64_t batch, const void *const *inputs,
                            void *const *outputs, vitrail_profile *profile);
} vitrail_model_api;

#endif /* VITRAIL_ABI */
