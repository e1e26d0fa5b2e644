#!/bin/bash -l
# Somebody at a login shell who has never heard of the role: prints the versions, then how programs end without a driver.
set -eu
cd "$(mktemp --directory --tmpdir=/root)"
for version in 13.0 13.2; do /opt/aienv/cuda/$version/bin/nvcc --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p'; done
nvcc --version | sed -n 's/.*release \([0-9.]*\),.*/default \1/p'
cat >mine.cu <<'CUDA'
#include <cuda/std/array>  // CCCL's headers are found as well
__global__ void mine(int *x) { cuda::std::array<int, 1> a{7}; *x = a[0]; }
int main() { int *x; cudaError_t error = cudaMalloc(&x, 4); mine<<<1, 1>>>(x); return error; }
CUDA
ended() { "$@" && echo 0 || echo $?; }
for chip in sm_75 sm_120; do
    nvcc -arch=$chip mine.cu -o mine
    echo "$chip $(ended ./mine)"
done
nvcc -arch=sm_75 --cudart=shared mine.cu -o mine
echo "shared $(ended ./mine)"
echo "cicc $(find /opt/aienv/cuda -name cicc -perm -u+x | wc -l)"
