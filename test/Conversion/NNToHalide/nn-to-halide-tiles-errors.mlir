// RUN: vitrail-opt %s --convert-nn-to-halide='tiles=true' -split-input-file -verify-diagnostics

// expected-error@+1 {{cannot have its schedule: a tile of 129 rows has more than 128}}
func.func private @high(%x: tensor<?x197x768xbf16>,
                        %panels: tensor<24x384x32x2xbf16>)
    -> tensor<?x197x768xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 129>} {
  %0 = nn.packed_linear %x, %panels features 768 group 2
      : tensor<?x197x768xbf16>, tensor<24x384x32x2xbf16>
  return %0 : tensor<?x197x768xf32>
}

// -----

// expected-error@+1 {{cannot have its schedule: nothing is to be chosen for it}}
func.func private @attention(%x: tensor<?x197x64xbf16>) -> tensor<?x197x64xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<queries = 32>} {
  %0 = nn.attention %x, %x, %x scale 1.0
      : tensor<?x197x64xbf16>, tensor<?x197x64xbf16>, tensor<?x197x64xbf16>
  return %0 : tensor<?x197x64xf32>
}
