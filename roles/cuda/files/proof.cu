// Proves a CUDA toolkit: a kernel that nvcc compiled runs on every GPU and gives the CPU's result.
//
// Prints one JSON object per line: first versions and error, then one for each GPU. The exit status is the number of the first CUDA error
// (255 where it is larger), 1 for a wrong result, 0 if all is well. Without a driver that is 35, cudaErrorInsufficientDriver: then the
// toolkit works and the driver is absent or older than the toolkit takes.
#include <cstdio>

constexpr int COUNT = 1 << 20;
constexpr float FACTOR = 2.5f;
// Not std::vector: its header is most of what the compiler would read, once for each chip.
static float x[COUNT], y[COUNT], result[COUNT];

__global__ void saxpy(int count, float factor, const float *x, float *y) {
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x)
        y[i] = factor * x[i] + y[i];
}

static int status(cudaError_t error) { return error > 255 ? 255 : static_cast<int>(error); }

// How many of the device's results differ from the CPU's; what CUDA complains of is left in `error`.
static int wrong(int device, cudaError_t &error) {
    for (int i = 0; i < COUNT; ++i) {
        x[i] = static_cast<float>(i % 1000) / 8;
        y[i] = static_cast<float>(i % 77);
    }
    float *there_x = nullptr, *there_y = nullptr;
    const size_t bytes = sizeof(x);
    if ((error = cudaSetDevice(device)) || (error = cudaMalloc(&there_x, bytes)) || (error = cudaMalloc(&there_y, bytes)) ||
        (error = cudaMemcpy(there_x, x, bytes, cudaMemcpyHostToDevice)) ||
        (error = cudaMemcpy(there_y, y, bytes, cudaMemcpyHostToDevice)))
        return COUNT;
    saxpy<<<256, 256>>>(COUNT, FACTOR, there_x, there_y);
    if ((error = cudaGetLastError()) || (error = cudaDeviceSynchronize()) ||
        (error = cudaMemcpy(result, there_y, bytes, cudaMemcpyDeviceToHost)))
        return COUNT;
    cudaFree(there_x);
    cudaFree(there_y);
    int count = 0;
    // These numbers are exact in single precision, fused or not.
    for (int i = 0; i < COUNT; ++i) count += result[i] != FACTOR * x[i] + y[i];
    return count;
}

int main() {
    int runtime = 0, driver = 0, devices = 0;
    cudaRuntimeGetVersion(&runtime);
    cudaDriverGetVersion(&driver);
    const cudaError_t first = cudaGetDeviceCount(&devices);
    std::printf("{\"runtime\": %d, \"driver\": %d, \"error\": %d, \"name\": \"%s\", \"says\": \"%s\"}\n", runtime, driver, first,
                cudaGetErrorName(first), cudaGetErrorString(first));
    if (first) return status(first);
    int end = 0;
    for (int device = 0; device < devices; ++device) {
        cudaDeviceProp properties{};
        cudaError_t error = cudaGetDeviceProperties(&properties, device);
        const int count = error ? COUNT : wrong(device, error);
        std::printf("{\"device\": %d, \"gpu\": \"%s\", \"capability\": \"%d.%d\", \"wrong\": %d, \"error\": %d, \"name\": \"%s\"}\n", device,
                    properties.name, properties.major, properties.minor, count, error, cudaGetErrorName(error));
        if (!end) end = error ? status(error) : count ? 1 : 0;
    }
    return end;
}
