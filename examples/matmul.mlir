// D = relu(A * B + bias), f16 in and out with f32 accumulation: one kernel.
#row = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>

func.func @matmul(%a: tensor<512x512xf16>, %b: tensor<512x512xf16>,
                  %bias: tensor<512xf16>) -> tensor<512x512xf16> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<512x512xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<512x512xf32>) -> tensor<512x512xf32>
  %product = linalg.matmul ins(%a, %b : tensor<512x512xf16>, tensor<512x512xf16>)
                           outs(%init : tensor<512x512xf32>) -> tensor<512x512xf32>
  %result = tensor.empty() : tensor<512x512xf16>
  %d = linalg.generic {indexing_maps = [#row, #column, #row],
                       iterator_types = ["parallel", "parallel"]}
      ins(%product, %bias : tensor<512x512xf32>, tensor<512xf16>)
      outs(%result : tensor<512x512xf16>) {
  ^bb0(%p: f32, %c: f16, %unused: f16):
    %wide = arith.extf %c : f16 to f32
    %sum = arith.addf %p, %wide : f32
    %relu = arith.maximumf %sum, %zero : f32
    %narrow = arith.truncf %relu : f32 to f16
    linalg.yield %narrow : f16
  } -> tensor<512x512xf16>
  return %d : tensor<512x512xf16>
}
