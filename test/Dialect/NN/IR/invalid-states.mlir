// Mistakes in states and in the description of generation.
// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// State without a name.
// expected-error@+1 {{'func.func' op 'nn.state' must be a string that is not empty, not ""}}
func.func @state_without_a_name(%x: tensor<?x8xf32> {nn.state = ""}) {
  return
}

// -----

// State that is also an input.
// expected-error@+1 {{'func.func' op has both 'nn.state' and 'nn.name' for "s"}}
func.func @state_that_is_also_an_input(%x: tensor<?x8xf32> {nn.state = "s", nn.name = "x"}) {
  return
}

// -----

// State that is no tensor.
// expected-error@+1 {{'func.func' op has state "s" as 'i32', which is no tensor}}
func.func @state_that_is_no_tensor(%x: i32 {nn.state = "s"}) {
  return
}

// -----

// State whose batch is not first.
// expected-error@+1 {{'func.func' op has state "s" as [8, batch]; only the first extent of a state can depend on the batch}}
func.func @state_whose_batch_is_not_first(%x: tensor<8x?xf32> {nn.state = "s"}) {
  return
}

// -----

// State read twice.
// expected-error@+1 {{'func.func' op has two arguments for the state "s"}}
func.func @state_read_twice(%x: tensor<8xf32> {nn.state = "s"}, %y: tensor<8xf32> {nn.state = "s"}) {
  return
}

// -----

// State replaced twice.
// expected-error@+1 {{'func.func' op has two results for the state "s"}}
func.func @state_replaced_twice(%x: tensor<8xf32>)
    -> (tensor<8xf32> {nn.state = "s"}, tensor<8xf32> {nn.state = "s"}) {
  return %x, %x : tensor<8xf32>, tensor<8xf32>
}

// -----

// State replaced by another type.
// expected-error@+2 {{'func.func' op has state "s" as 'tensor<4xf32>', but it is 'tensor<8xf32>' before}}
// expected-note@+1 {{first in this function}}
func.func @state_replaced_by_another_type(%x: tensor<8xf32> {nn.state = "s"}, %y: tensor<4xf32>)
    -> (tensor<4xf32> {nn.state = "s"}) {
  return %y : tensor<4xf32>
}

// -----

// State with two types in two functions.
// expected-note@+1 {{first in this function}}
func.func @first(%x: tensor<?x8xf32> {nn.state = "s"}) {
  return
}
// expected-error@+1 {{'func.func' op has state "s" as 'tensor<?x8xf16>', but it is 'tensor<?x8xf32>' before}}
func.func @second(%x: tensor<?x8xf16>) -> (tensor<?x8xf16> {nn.state = "s"}) {
  return %x : tensor<?x8xf16>
}

// -----

// State of an operation.
// expected-error@+1 {{'func.func' op 'nn.state' belongs to arguments and results of functions}}
func.func @state_of_an_operation() attributes {nn.state = "s"} {
  return
}

// -----

// Generation by a function.
// expected-error@+1 {{'func.func' op 'nn.generate' belongs to a module}}
func.func @generation_by_a_function() attributes {nn.generate = {}} {
  return
}

// -----

// Generation that is no dictionary.
// expected-error@+1 {{'builtin.module' op 'nn.generate' must be a dictionary, not 3 : i64}}
module attributes {nn.generate = 3 : i64} {}

// -----

// Generation without a step.
// expected-error@+1 {{'builtin.module' op 'nn.generate' lacks 'step'}}
module attributes {nn.generate = {encode = @encode}} {}

// -----

// An entry that generation does not have.
// expected-error@+1 {{'builtin.module' op 'nn.generate' has no entry 'stop'; it has encode, step, start, end, pad, max_length and vocabulary}}
module attributes {nn.generate = {
    encode = @encode, step = @step, start = 1 : i64, end = 2 : i64,
    pad = 0 : i64, max_length = 12 : i64, stop = 3 : i64}} {}

// -----

// A function as a string.
// expected-error@+1 {{'builtin.module' op 'encode' of 'nn.generate' must name a function, not "encode"}}
module attributes {nn.generate = {
    encode = "encode", step = @step, start = 1 : i64, end = 2 : i64,
    pad = 0 : i64, max_length = 12 : i64}} {}

// -----

// A function that is not there.
// expected-error@+1 {{'builtin.module' op 'step' of 'nn.generate' names @stop, which is no function of the module}}
module attributes {nn.generate = {
    encode = @encode, step = @stop, start = 1 : i64, end = 2 : i64,
    pad = 0 : i64, max_length = 12 : i64}} {
  func.func private @encode(tensor<?x28xi32>)
}

// -----

// A source of floats.
// expected-error@+1 {{'builtin.module' op 'encode' of 'nn.generate' must take the source, i32[batch, length], and give no results, unlike '@encode'}}
module attributes {nn.generate = {
    encode = @encode, step = @step, start = 1 : i64, end = 2 : i64,
    pad = 0 : i64, max_length = 12 : i64}} {
  func.func private @encode(tensor<?x28xf32>)
  func.func private @step(tensor<?xi32>) -> tensor<?x44xf32>
}

// -----

// Scores of several positions.
// expected-error@+1 {{'builtin.module' op 'step' of 'nn.generate' must take one token for each sample, i32[batch], and give f32[batch, vocabulary], unlike '@step'}}
module attributes {nn.generate = {
    encode = @encode, step = @step, start = 1 : i64, end = 2 : i64,
    pad = 0 : i64, max_length = 12 : i64}} {
  func.func private @encode(tensor<?x28xi32>)
  func.func private @step(tensor<?xi32>) -> tensor<?x2x44xf32>
}

// -----

// A token beyond the scores.
// expected-error@+1 {{'builtin.module' op 'end' of 'nn.generate' must be an i64 from 0 to 43, not 44 : i64}}
module attributes {nn.generate = {
    encode = @encode, step = @step, start = 1 : i64, end = 44 : i64,
    pad = 0 : i64, max_length = 12 : i64}} {
  func.func private @encode(tensor<?x28xi32>)
  func.func private @step(tensor<?xi32>) -> tensor<?x44xf32>
}

// -----

// No step at all.
// expected-error@+1 {{'builtin.module' op 'max_length' of 'nn.generate' must be an i64 from 1 to 2147483647, not 0 : i64}}
module attributes {nn.generate = {
    encode = @encode, step = @step, start = 1 : i64, end = 2 : i64,
    pad = 0 : i64, max_length = 0 : i64}} {
  func.func private @encode(tensor<?x28xi32>)
  func.func private @step(tensor<?xi32>) -> tensor<?x44xf32>
}

// -----

// A vocabulary of numbers.
// expected-error@+1 {{'builtin.module' op 'vocabulary' of 'nn.generate' must be a list of strings, not [1, 2]}}
module attributes {nn.generate = {
    encode = @encode, step = @step, start = 1 : i64, end = 2 : i64,
    pad = 0 : i64, max_length = 12 : i64, vocabulary = [1, 2]}} {
  func.func private @encode(tensor<?x28xi32>)
  func.func private @step(tensor<?xi32>) -> tensor<?x44xf32>
}

// -----

// A vocabulary of another size.
// expected-error@+1 {{'builtin.module' op 'vocabulary' of 'nn.generate' has 2 tokens, but 'step' gives scores of 44}}
module attributes {nn.generate = {
    encode = @encode, step = @step, start = 1 : i64, end = 2 : i64,
    pad = 0 : i64, max_length = 12 : i64, vocabulary = ["a", "b"]}} {
  func.func private @encode(tensor<?x28xi32>)
  func.func private @step(tensor<?xi32>) -> tensor<?x44xf32>
}

// -----

// A vocabulary with a token that C would cut off.
// expected-error@+1 {{'builtin.module' op 'vocabulary' of 'nn.generate' has a null character in token 1}}
module attributes {nn.generate = {
    encode = @encode, step = @step, start = 0 : i64, end = 0 : i64,
    pad = 0 : i64, max_length = 12 : i64, vocabulary = ["a", "b\00c"]}} {
  func.func private @encode(tensor<?x28xi32>)
  func.func private @step(tensor<?xi32>) -> tensor<?x2xf32>
}
