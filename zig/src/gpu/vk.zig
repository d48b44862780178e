//! The part of Vulkan that the library uses: types and constants, written down so that building needs no headers.
//!
//! Members keep the names of the specification; constants lose the prefix that their type says already, so that
//! `Format.r8g8b8a8_unorm` is VK_FORMAT_R8G8B8A8_UNORM and `BufferUsageFlags.transfer_src` is
//! VK_BUFFER_USAGE_TRANSFER_SRC_BIT. Only values that are used are listed: enumerations stay open. What a caller
//! always says has no default. vk_check.zig holds every size, offset and value to the real headers.
//!
//! Meanings: https://registry.khronos.org/vulkan/specs/1.3/html/vkspec.html

pub const Bool = u32;
pub const no: Bool = 0;
pub const yes: Bool = 1;

pub const whole_size: u64 = ~@as(u64, 0);
pub const queue_family_ignored: u32 = ~@as(u32, 0);
pub const uuid_bytes = 16;

pub const api_1_2: u32 = 1 << 22 | 2 << 12;
pub const api_1_3: u32 = 1 << 22 | 3 << 12;

pub const DebugUtilsMessengerCallbackEXT = *const fn (
    u32,
    u32,
    *const DebugUtilsMessengerCallbackDataEXT,
    ?*anyopaque,
) callconv(.c) Bool;

pub const Instance = *opaque {};
pub const PhysicalDevice = *opaque {};
pub const Device = *opaque {};
pub const Queue = *opaque {};
pub const CommandBuffer = *opaque {};
pub const DebugUtilsMessengerEXT = enum(u64) { none = 0, _ };
pub const Semaphore = enum(u64) { none = 0, _ };
pub const Fence = enum(u64) { none = 0, _ };
pub const DeviceMemory = enum(u64) { none = 0, _ };
pub const Buffer = enum(u64) { none = 0, _ };
pub const Image = enum(u64) { none = 0, _ };
pub const ImageView = enum(u64) { none = 0, _ };
pub const Sampler = enum(u64) { none = 0, _ };
pub const ShaderModule = enum(u64) { none = 0, _ };
pub const DescriptorSetLayout = enum(u64) { none = 0, _ };
pub const PipelineLayout = enum(u64) { none = 0, _ };
pub const PipelineCache = enum(u64) { none = 0, _ };
pub const Pipeline = enum(u64) { none = 0, _ };
pub const RenderPass = enum(u64) { none = 0, _ };
pub const DescriptorPool = enum(u64) { none = 0, _ };
pub const DescriptorSet = enum(u64) { none = 0, _ };
pub const CommandPool = enum(u64) { none = 0, _ };
pub const Framebuffer = enum(u64) { none = 0, _ };
pub const QueryPool = enum(u64) { none = 0, _ };

pub const Result = enum(i32) {
    success = 0,
    not_ready = 1,
    timeout = 2,
    incomplete = 5,
    error_out_of_host_memory = -1,
    error_out_of_device_memory = -2,
    error_initialization_failed = -3,
    error_device_lost = -4,
    error_memory_map_failed = -5,
    error_layer_not_present = -6,
    error_extension_not_present = -7,
    error_feature_not_present = -8,
    error_incompatible_driver = -9,
    error_too_many_objects = -10,
    error_format_not_supported = -11,
    error_fragmented_pool = -12,
    error_out_of_pool_memory = -1000069000,
    error_invalid_external_handle = -1000072003,
    _,
};

pub const PhysicalDeviceType = enum(i32) {
    other = 0,
    integrated_gpu = 1,
    discrete_gpu = 2,
    virtual_gpu = 3,
    cpu = 4,
    _,
};

pub const Format = enum(i32) {
    undefined = 0,
    r8_unorm = 9,
    r8g8_unorm = 16,
    r8g8b8a8_unorm = 37,
    b8g8r8a8_unorm = 44,
    r16_unorm = 70,
    r16g16b16a16_unorm = 91,
    r16g16b16a16_sfloat = 97,
    r32g32b32a32_sfloat = 109,
    _,
};

pub const ImageLayout = enum(i32) {
    undefined = 0,
    general = 1,
    _,
};

pub const ImageType = enum(i32) {
    @"2d" = 1,
    _,
};

pub const ImageViewType = enum(i32) {
    @"2d" = 1,
    _,
};

pub const ImageTiling = enum(i32) {
    optimal = 0,
    _,
};

pub const SharingMode = enum(i32) {
    exclusive = 0,
    concurrent = 1,
    _,
};

pub const DescriptorType = enum(i32) {
    sampler = 0,
    combined_image_sampler = 1,
    sampled_image = 2,
    storage_image = 3,
    uniform_buffer = 6,
    storage_buffer = 7,
    _,
};

pub const Filter = enum(i32) {
    nearest = 0,
    linear = 1,
    _,
};

pub const SamplerMipmapMode = enum(i32) {
    nearest = 0,
    _,
};

pub const SamplerAddressMode = enum(i32) {
    repeat = 0,
    mirrored_repeat = 1,
    clamp_to_edge = 2,
    clamp_to_border = 3,
    _,
};

pub const BorderColor = enum(i32) {
    float_transparent_black = 0,
    _,
};

pub const CompareOp = enum(i32) {
    never = 0,
    _,
};

pub const SemaphoreType = enum(i32) {
    timeline = 1,
    _,
};

pub const QueryType = enum(i32) {
    timestamp = 2,
    _,
};

pub const CommandBufferLevel = enum(i32) {
    primary = 0,
    _,
};

pub const PipelineBindPoint = enum(i32) {
    graphics = 0,
    compute = 1,
    _,
};

pub const AttachmentLoadOp = enum(i32) {
    load = 0,
    clear = 1,
    dont_care = 2,
    _,
};

pub const AttachmentStoreOp = enum(i32) {
    store = 0,
    dont_care = 1,
    _,
};

pub const PrimitiveTopology = enum(i32) {
    triangle_list = 3,
    _,
};

pub const PolygonMode = enum(i32) {
    fill = 0,
    _,
};

pub const FrontFace = enum(i32) {
    counter_clockwise = 0,
    _,
};

pub const LogicOp = enum(i32) {
    clear = 0,
    _,
};

pub const BlendFactor = enum(i32) {
    one = 1,
    src_alpha = 6,
    one_minus_src_alpha = 7,
    _,
};

pub const BlendOp = enum(i32) {
    add = 0,
    _,
};

pub const DynamicState = enum(i32) {
    viewport = 0,
    scissor = 1,
    _,
};

pub const ComponentSwizzle = enum(i32) {
    identity = 0,
    _,
};

pub const ObjectType = enum(i32) {
    semaphore = 5,
    buffer = 9,
    image = 10,
    pipeline = 19,
    _,
};

pub const ValidationFeatureEnableEXT = enum(i32) {
    synchronization_validation_ext = 4,
    _,
};

pub const StructureType = enum(i32) {
    instance_create_info = 1,
    application_info = 0,
    physical_device_properties_2 = 1000059001,
    physical_device_features_2 = 1000059000,
    physical_device_external_buffer_info = 1000071002,
    external_buffer_properties = 1000071003,
    device_create_info = 3,
    device_queue_create_info = 2,
    debug_utils_messenger_create_info_ext = 1000128004,
    submit_info_2 = 1000314004,
    semaphore_submit_info = 1000314005,
    command_buffer_submit_info = 1000314006,
    memory_allocate_info = 5,
    buffer_create_info = 12,
    buffer_memory_requirements_info_2 = 1000146000,
    memory_requirements_2 = 1000146003,
    image_create_info = 14,
    image_memory_requirements_info_2 = 1000146001,
    image_view_create_info = 15,
    sampler_create_info = 31,
    shader_module_create_info = 16,
    descriptor_set_layout_create_info = 32,
    pipeline_layout_create_info = 30,
    pipeline_cache_create_info = 17,
    compute_pipeline_create_info = 29,
    pipeline_shader_stage_create_info = 18,
    graphics_pipeline_create_info = 28,
    pipeline_vertex_input_state_create_info = 19,
    pipeline_input_assembly_state_create_info = 20,
    pipeline_viewport_state_create_info = 22,
    pipeline_rasterization_state_create_info = 23,
    pipeline_multisample_state_create_info = 24,
    pipeline_color_blend_state_create_info = 26,
    pipeline_dynamic_state_create_info = 27,
    descriptor_pool_create_info = 33,
    descriptor_set_allocate_info = 34,
    write_descriptor_set = 35,
    copy_descriptor_set = 36,
    command_pool_create_info = 39,
    command_buffer_allocate_info = 40,
    command_buffer_begin_info = 42,
    command_buffer_inheritance_info = 41,
    dependency_info = 1000314003,
    memory_barrier_2 = 1000314000,
    buffer_memory_barrier_2 = 1000314001,
    image_memory_barrier_2 = 1000314002,
    rendering_info = 1000044000,
    rendering_attachment_info = 1000044001,
    query_pool_create_info = 11,
    semaphore_create_info = 9,
    semaphore_wait_info = 1000207004,
    semaphore_signal_info = 1000207005,
    memory_get_fd_info_khr = 1000074002,
    debug_utils_object_name_info_ext = 1000128000,
    physical_device_id_properties = 1000071004,
    physical_device_driver_properties = 1000196000,
    physical_device_synchronization_2_features = 1000314007,
    physical_device_dynamic_rendering_features = 1000044003,
    physical_device_timeline_semaphore_features = 1000207000,
    memory_dedicated_requirements = 1000127000,
    memory_dedicated_allocate_info = 1000127001,
    export_memory_allocate_info = 1000072002,
    import_memory_fd_info_khr = 1000074000,
    external_memory_buffer_create_info = 1000072000,
    semaphore_type_create_info = 1000207002,
    pipeline_rendering_create_info = 1000044002,
    validation_features_ext = 1000247000,
    debug_utils_messenger_callback_data_ext = 1000128003,
    _,
};

pub const QueueFlags = struct {
    pub const graphics: u32 = 0x1;
    pub const compute: u32 = 0x2;
    pub const transfer: u32 = 0x4;
};

pub const MemoryPropertyFlags = struct {
    pub const device_local: u32 = 0x1;
    pub const host_visible: u32 = 0x2;
    pub const host_coherent: u32 = 0x4;
    pub const host_cached: u32 = 0x8;
};

pub const BufferUsageFlags = struct {
    pub const transfer_src: u32 = 0x1;
    pub const transfer_dst: u32 = 0x2;
    pub const uniform_buffer: u32 = 0x10;
    pub const storage_buffer: u32 = 0x20;
};

pub const ImageUsageFlags = struct {
    pub const transfer_src: u32 = 0x1;
    pub const transfer_dst: u32 = 0x2;
    pub const sampled: u32 = 0x4;
    pub const storage: u32 = 0x8;
    pub const color_attachment: u32 = 0x10;
};

pub const FormatFeatureFlags = struct {
    pub const sampled_image: u32 = 0x1;
    pub const storage_image: u32 = 0x2;
    pub const color_attachment: u32 = 0x80;
};

pub const ImageAspectFlags = struct {
    pub const color: u32 = 0x1;
};

pub const SampleCountFlags = struct {
    pub const @"1": u32 = 0x1;
};

pub const ShaderStageFlags = struct {
    pub const vertex: u32 = 0x1;
    pub const fragment: u32 = 0x10;
    pub const compute: u32 = 0x20;
};

pub const ColorComponentFlags = struct {
    pub const r: u32 = 0x1;
    pub const g: u32 = 0x2;
    pub const b: u32 = 0x4;
    pub const a: u32 = 0x8;
};

pub const CommandPoolCreateFlags = struct {
    pub const transient: u32 = 0x1;
};

pub const CommandBufferUsageFlags = struct {
    pub const one_time_submit: u32 = 0x1;
};

pub const QueryResultFlags = struct {
    pub const @"64": u32 = 0x1;
};

pub const ExternalMemoryHandleTypeFlags = struct {
    pub const opaque_fd: u32 = 0x1;
};

pub const ExternalMemoryFeatureFlags = struct {
    pub const exportable: u32 = 0x2;
    pub const importable: u32 = 0x4;
};

pub const DebugUtilsMessageSeverityFlagsEXT = struct {
    pub const warning: u32 = 0x100;
    pub const @"error": u32 = 0x1000;
};

pub const DebugUtilsMessageTypeFlagsEXT = struct {
    pub const general: u32 = 0x1;
    pub const validation: u32 = 0x2;
};

pub const PipelineStageFlags2 = struct {
    pub const transfer: u64 = 0x1000;
    pub const compute_shader: u64 = 0x800;
    pub const fragment_shader: u64 = 0x80;
    pub const color_attachment_output: u64 = 0x400;
    pub const host: u64 = 0x4000;
    pub const all_commands: u64 = 0x10000;
};

pub const AccessFlags2 = struct {
    pub const none: u64 = 0x0;
    pub const transfer_read: u64 = 0x800;
    pub const transfer_write: u64 = 0x1000;
    pub const shader_read: u64 = 0x20;
    pub const shader_write: u64 = 0x40;
    pub const color_attachment_read: u64 = 0x80;
    pub const color_attachment_write: u64 = 0x100;
    pub const host_read: u64 = 0x2000;
    pub const host_write: u64 = 0x4000;
    pub const memory_read: u64 = 0x8000;
    pub const memory_write: u64 = 0x10000;
};

pub const LayerProperties = extern struct {
    layerName: [256]u8 = @splat(0),
    specVersion: u32 = 0,
    implementationVersion: u32 = 0,
    description: [256]u8 = @splat(0),
};

pub const ApplicationInfo = extern struct {
    sType: StructureType = .application_info,
    pNext: ?*const anyopaque = null,
    pApplicationName: ?[*:0]const u8 = null,
    applicationVersion: u32,
    pEngineName: ?[*:0]const u8 = null,
    engineVersion: u32,
    apiVersion: u32,
};

pub const InstanceCreateInfo = extern struct {
    sType: StructureType = .instance_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    pApplicationInfo: ?*const ApplicationInfo = null,
    enabledLayerCount: u32 = 0,
    ppEnabledLayerNames: ?[*]const [*:0]const u8 = null,
    enabledExtensionCount: u32 = 0,
    ppEnabledExtensionNames: ?[*]const [*:0]const u8 = null,
};

pub const PhysicalDeviceLimits = extern struct {
    maxImageDimension1D: u32 = 0,
    maxImageDimension2D: u32 = 0,
    maxImageDimension3D: u32 = 0,
    maxImageDimensionCube: u32 = 0,
    maxImageArrayLayers: u32 = 0,
    maxTexelBufferElements: u32 = 0,
    maxUniformBufferRange: u32 = 0,
    maxStorageBufferRange: u32 = 0,
    maxPushConstantsSize: u32 = 0,
    maxMemoryAllocationCount: u32 = 0,
    maxSamplerAllocationCount: u32 = 0,
    bufferImageGranularity: u64 = 0,
    sparseAddressSpaceSize: u64 = 0,
    maxBoundDescriptorSets: u32 = 0,
    maxPerStageDescriptorSamplers: u32 = 0,
    maxPerStageDescriptorUniformBuffers: u32 = 0,
    maxPerStageDescriptorStorageBuffers: u32 = 0,
    maxPerStageDescriptorSampledImages: u32 = 0,
    maxPerStageDescriptorStorageImages: u32 = 0,
    maxPerStageDescriptorInputAttachments: u32 = 0,
    maxPerStageResources: u32 = 0,
    maxDescriptorSetSamplers: u32 = 0,
    maxDescriptorSetUniformBuffers: u32 = 0,
    maxDescriptorSetUniformBuffersDynamic: u32 = 0,
    maxDescriptorSetStorageBuffers: u32 = 0,
    maxDescriptorSetStorageBuffersDynamic: u32 = 0,
    maxDescriptorSetSampledImages: u32 = 0,
    maxDescriptorSetStorageImages: u32 = 0,
    maxDescriptorSetInputAttachments: u32 = 0,
    maxVertexInputAttributes: u32 = 0,
    maxVertexInputBindings: u32 = 0,
    maxVertexInputAttributeOffset: u32 = 0,
    maxVertexInputBindingStride: u32 = 0,
    maxVertexOutputComponents: u32 = 0,
    maxTessellationGenerationLevel: u32 = 0,
    maxTessellationPatchSize: u32 = 0,
    maxTessellationControlPerVertexInputComponents: u32 = 0,
    maxTessellationControlPerVertexOutputComponents: u32 = 0,
    maxTessellationControlPerPatchOutputComponents: u32 = 0,
    maxTessellationControlTotalOutputComponents: u32 = 0,
    maxTessellationEvaluationInputComponents: u32 = 0,
    maxTessellationEvaluationOutputComponents: u32 = 0,
    maxGeometryShaderInvocations: u32 = 0,
    maxGeometryInputComponents: u32 = 0,
    maxGeometryOutputComponents: u32 = 0,
    maxGeometryOutputVertices: u32 = 0,
    maxGeometryTotalOutputComponents: u32 = 0,
    maxFragmentInputComponents: u32 = 0,
    maxFragmentOutputAttachments: u32 = 0,
    maxFragmentDualSrcAttachments: u32 = 0,
    maxFragmentCombinedOutputResources: u32 = 0,
    maxComputeSharedMemorySize: u32 = 0,
    maxComputeWorkGroupCount: [3]u32 = @splat(0),
    maxComputeWorkGroupInvocations: u32 = 0,
    maxComputeWorkGroupSize: [3]u32 = @splat(0),
    subPixelPrecisionBits: u32 = 0,
    subTexelPrecisionBits: u32 = 0,
    mipmapPrecisionBits: u32 = 0,
    maxDrawIndexedIndexValue: u32 = 0,
    maxDrawIndirectCount: u32 = 0,
    maxSamplerLodBias: f32 = 0,
    maxSamplerAnisotropy: f32 = 0,
    maxViewports: u32 = 0,
    maxViewportDimensions: [2]u32 = @splat(0),
    viewportBoundsRange: [2]f32 = @splat(0),
    viewportSubPixelBits: u32 = 0,
    minMemoryMapAlignment: usize = 0,
    minTexelBufferOffsetAlignment: u64 = 0,
    minUniformBufferOffsetAlignment: u64 = 0,
    minStorageBufferOffsetAlignment: u64 = 0,
    minTexelOffset: i32 = 0,
    maxTexelOffset: u32 = 0,
    minTexelGatherOffset: i32 = 0,
    maxTexelGatherOffset: u32 = 0,
    minInterpolationOffset: f32 = 0,
    maxInterpolationOffset: f32 = 0,
    subPixelInterpolationOffsetBits: u32 = 0,
    maxFramebufferWidth: u32 = 0,
    maxFramebufferHeight: u32 = 0,
    maxFramebufferLayers: u32 = 0,
    framebufferColorSampleCounts: u32 = 0,
    framebufferDepthSampleCounts: u32 = 0,
    framebufferStencilSampleCounts: u32 = 0,
    framebufferNoAttachmentsSampleCounts: u32 = 0,
    maxColorAttachments: u32 = 0,
    sampledImageColorSampleCounts: u32 = 0,
    sampledImageIntegerSampleCounts: u32 = 0,
    sampledImageDepthSampleCounts: u32 = 0,
    sampledImageStencilSampleCounts: u32 = 0,
    storageImageSampleCounts: u32 = 0,
    maxSampleMaskWords: u32 = 0,
    timestampComputeAndGraphics: Bool = no,
    timestampPeriod: f32 = 0,
    maxClipDistances: u32 = 0,
    maxCullDistances: u32 = 0,
    maxCombinedClipAndCullDistances: u32 = 0,
    discreteQueuePriorities: u32 = 0,
    pointSizeRange: [2]f32 = @splat(0),
    lineWidthRange: [2]f32 = @splat(0),
    pointSizeGranularity: f32 = 0,
    lineWidthGranularity: f32 = 0,
    strictLines: Bool = no,
    standardSampleLocations: Bool = no,
    optimalBufferCopyOffsetAlignment: u64 = 0,
    optimalBufferCopyRowPitchAlignment: u64 = 0,
    nonCoherentAtomSize: u64 = 0,
};

pub const PhysicalDeviceSparseProperties = extern struct {
    residencyStandard2DBlockShape: Bool = no,
    residencyStandard2DMultisampleBlockShape: Bool = no,
    residencyStandard3DBlockShape: Bool = no,
    residencyAlignedMipSize: Bool = no,
    residencyNonResidentStrict: Bool = no,
};

pub const PhysicalDeviceProperties = extern struct {
    apiVersion: u32 = 0,
    driverVersion: u32 = 0,
    vendorID: u32 = 0,
    deviceID: u32 = 0,
    deviceType: PhysicalDeviceType = @fromBackingInt(0),
    deviceName: [256]u8 = @splat(0),
    pipelineCacheUUID: [16]u8 = @splat(0),
    limits: PhysicalDeviceLimits = .{},
    sparseProperties: PhysicalDeviceSparseProperties = .{},
};

pub const PhysicalDeviceProperties2 = extern struct {
    sType: StructureType = .physical_device_properties_2,
    pNext: ?*anyopaque = null,
    properties: PhysicalDeviceProperties = .{},
};

pub const PhysicalDeviceFeatures = extern struct {
    robustBufferAccess: Bool = no,
    fullDrawIndexUint32: Bool = no,
    imageCubeArray: Bool = no,
    independentBlend: Bool = no,
    geometryShader: Bool = no,
    tessellationShader: Bool = no,
    sampleRateShading: Bool = no,
    dualSrcBlend: Bool = no,
    logicOp: Bool = no,
    multiDrawIndirect: Bool = no,
    drawIndirectFirstInstance: Bool = no,
    depthClamp: Bool = no,
    depthBiasClamp: Bool = no,
    fillModeNonSolid: Bool = no,
    depthBounds: Bool = no,
    wideLines: Bool = no,
    largePoints: Bool = no,
    alphaToOne: Bool = no,
    multiViewport: Bool = no,
    samplerAnisotropy: Bool = no,
    textureCompressionETC2: Bool = no,
    textureCompressionASTC_LDR: Bool = no,
    textureCompressionBC: Bool = no,
    occlusionQueryPrecise: Bool = no,
    pipelineStatisticsQuery: Bool = no,
    vertexPipelineStoresAndAtomics: Bool = no,
    fragmentStoresAndAtomics: Bool = no,
    shaderTessellationAndGeometryPointSize: Bool = no,
    shaderImageGatherExtended: Bool = no,
    shaderStorageImageExtendedFormats: Bool = no,
    shaderStorageImageMultisample: Bool = no,
    shaderStorageImageReadWithoutFormat: Bool = no,
    shaderStorageImageWriteWithoutFormat: Bool = no,
    shaderUniformBufferArrayDynamicIndexing: Bool = no,
    shaderSampledImageArrayDynamicIndexing: Bool = no,
    shaderStorageBufferArrayDynamicIndexing: Bool = no,
    shaderStorageImageArrayDynamicIndexing: Bool = no,
    shaderClipDistance: Bool = no,
    shaderCullDistance: Bool = no,
    shaderFloat64: Bool = no,
    shaderInt64: Bool = no,
    shaderInt16: Bool = no,
    shaderResourceResidency: Bool = no,
    shaderResourceMinLod: Bool = no,
    sparseBinding: Bool = no,
    sparseResidencyBuffer: Bool = no,
    sparseResidencyImage2D: Bool = no,
    sparseResidencyImage3D: Bool = no,
    sparseResidency2Samples: Bool = no,
    sparseResidency4Samples: Bool = no,
    sparseResidency8Samples: Bool = no,
    sparseResidency16Samples: Bool = no,
    sparseResidencyAliased: Bool = no,
    variableMultisampleRate: Bool = no,
    inheritedQueries: Bool = no,
};

pub const PhysicalDeviceFeatures2 = extern struct {
    sType: StructureType = .physical_device_features_2,
    pNext: ?*anyopaque = null,
    features: PhysicalDeviceFeatures = .{},
};

pub const Extent3D = extern struct {
    width: u32,
    height: u32,
    depth: u32,
};

pub const QueueFamilyProperties = extern struct {
    queueFlags: u32 = 0,
    queueCount: u32 = 0,
    timestampValidBits: u32 = 0,
    minImageTransferGranularity: Extent3D = .{ .width = 0, .height = 0, .depth = 0 },
};

pub const MemoryType = extern struct {
    propertyFlags: u32 = 0,
    heapIndex: u32 = 0,
};

pub const MemoryHeap = extern struct {
    size: u64 = 0,
    flags: u32 = 0,
};

pub const PhysicalDeviceMemoryProperties = extern struct {
    memoryTypeCount: u32 = 0,
    memoryTypes: [32]MemoryType = @splat(.{}),
    memoryHeapCount: u32 = 0,
    memoryHeaps: [16]MemoryHeap = @splat(.{}),
};

pub const FormatProperties = extern struct {
    linearTilingFeatures: u32 = 0,
    optimalTilingFeatures: u32 = 0,
    bufferFeatures: u32 = 0,
};

pub const PhysicalDeviceExternalBufferInfo = extern struct {
    sType: StructureType = .physical_device_external_buffer_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    usage: u32,
    handleType: u32,
};

pub const ExternalMemoryProperties = extern struct {
    externalMemoryFeatures: u32 = 0,
    exportFromImportedHandleTypes: u32 = 0,
    compatibleHandleTypes: u32 = 0,
};

pub const ExternalBufferProperties = extern struct {
    sType: StructureType = .external_buffer_properties,
    pNext: ?*anyopaque = null,
    externalMemoryProperties: ExternalMemoryProperties = .{},
};

pub const ExtensionProperties = extern struct {
    extensionName: [256]u8 = @splat(0),
    specVersion: u32 = 0,
};

pub const DeviceQueueCreateInfo = extern struct {
    sType: StructureType = .device_queue_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    queueFamilyIndex: u32,
    queueCount: u32,
    pQueuePriorities: ?[*]const f32 = null,
};

pub const DeviceCreateInfo = extern struct {
    sType: StructureType = .device_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    queueCreateInfoCount: u32,
    pQueueCreateInfos: ?[*]const DeviceQueueCreateInfo = null,
    enabledLayerCount: u32 = 0,
    ppEnabledLayerNames: ?[*]const [*:0]const u8 = null,
    enabledExtensionCount: u32 = 0,
    ppEnabledExtensionNames: ?[*]const [*:0]const u8 = null,
    pEnabledFeatures: ?*const PhysicalDeviceFeatures = null,
};

pub const DebugUtilsMessengerCreateInfoEXT = extern struct {
    sType: StructureType = .debug_utils_messenger_create_info_ext,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    messageSeverity: u32,
    messageType: u32,
    pfnUserCallback: DebugUtilsMessengerCallbackEXT,
    pUserData: ?*anyopaque = null,
};

pub const SemaphoreSubmitInfo = extern struct {
    sType: StructureType = .semaphore_submit_info,
    pNext: ?*const anyopaque = null,
    semaphore: Semaphore,
    value: u64,
    stageMask: u64 = 0,
    deviceIndex: u32,
};

pub const CommandBufferSubmitInfo = extern struct {
    sType: StructureType = .command_buffer_submit_info,
    pNext: ?*const anyopaque = null,
    commandBuffer: CommandBuffer,
    deviceMask: u32,
};

pub const SubmitInfo2 = extern struct {
    sType: StructureType = .submit_info_2,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    waitSemaphoreInfoCount: u32 = 0,
    pWaitSemaphoreInfos: ?[*]const SemaphoreSubmitInfo = null,
    commandBufferInfoCount: u32 = 0,
    pCommandBufferInfos: ?[*]const CommandBufferSubmitInfo = null,
    signalSemaphoreInfoCount: u32 = 0,
    pSignalSemaphoreInfos: ?[*]const SemaphoreSubmitInfo = null,
};

pub const MemoryAllocateInfo = extern struct {
    sType: StructureType = .memory_allocate_info,
    pNext: ?*const anyopaque = null,
    allocationSize: u64,
    memoryTypeIndex: u32,
};

pub const BufferCreateInfo = extern struct {
    sType: StructureType = .buffer_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    size: u64,
    usage: u32,
    sharingMode: SharingMode,
    queueFamilyIndexCount: u32 = 0,
    pQueueFamilyIndices: ?[*]const u32 = null,
};

pub const BufferMemoryRequirementsInfo2 = extern struct {
    sType: StructureType = .buffer_memory_requirements_info_2,
    pNext: ?*const anyopaque = null,
    buffer: Buffer,
};

pub const MemoryRequirements = extern struct {
    size: u64 = 0,
    alignment: u64 = 0,
    memoryTypeBits: u32 = 0,
};

pub const MemoryRequirements2 = extern struct {
    sType: StructureType = .memory_requirements_2,
    pNext: ?*anyopaque = null,
    memoryRequirements: MemoryRequirements = .{},
};

pub const ImageCreateInfo = extern struct {
    sType: StructureType = .image_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    imageType: ImageType,
    format: Format,
    extent: Extent3D,
    mipLevels: u32,
    arrayLayers: u32,
    samples: u32,
    tiling: ImageTiling,
    usage: u32,
    sharingMode: SharingMode,
    queueFamilyIndexCount: u32 = 0,
    pQueueFamilyIndices: ?[*]const u32 = null,
    initialLayout: ImageLayout,
};

pub const ImageMemoryRequirementsInfo2 = extern struct {
    sType: StructureType = .image_memory_requirements_info_2,
    pNext: ?*const anyopaque = null,
    image: Image,
};

pub const ComponentMapping = extern struct {
    r: ComponentSwizzle,
    g: ComponentSwizzle,
    b: ComponentSwizzle,
    a: ComponentSwizzle,
};

pub const ImageSubresourceRange = extern struct {
    aspectMask: u32,
    baseMipLevel: u32,
    levelCount: u32,
    baseArrayLayer: u32,
    layerCount: u32,
};

pub const ImageViewCreateInfo = extern struct {
    sType: StructureType = .image_view_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    image: Image,
    viewType: ImageViewType,
    format: Format,
    components: ComponentMapping,
    subresourceRange: ImageSubresourceRange,
};

pub const SamplerCreateInfo = extern struct {
    sType: StructureType = .sampler_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    magFilter: Filter,
    minFilter: Filter,
    mipmapMode: SamplerMipmapMode,
    addressModeU: SamplerAddressMode,
    addressModeV: SamplerAddressMode,
    addressModeW: SamplerAddressMode,
    mipLodBias: f32,
    anisotropyEnable: Bool,
    maxAnisotropy: f32,
    compareEnable: Bool,
    compareOp: CompareOp,
    minLod: f32,
    maxLod: f32,
    borderColor: BorderColor,
    unnormalizedCoordinates: Bool,
};

pub const ShaderModuleCreateInfo = extern struct {
    sType: StructureType = .shader_module_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    codeSize: usize,
    pCode: ?[*]const u32 = null,
};

pub const DescriptorSetLayoutBinding = extern struct {
    binding: u32,
    descriptorType: DescriptorType,
    descriptorCount: u32 = 0,
    stageFlags: u32,
    pImmutableSamplers: ?[*]const Sampler = null,
};

pub const DescriptorSetLayoutCreateInfo = extern struct {
    sType: StructureType = .descriptor_set_layout_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    bindingCount: u32 = 0,
    pBindings: ?[*]const DescriptorSetLayoutBinding = null,
};

pub const PushConstantRange = extern struct {
    stageFlags: u32,
    offset: u32,
    size: u32,
};

pub const PipelineLayoutCreateInfo = extern struct {
    sType: StructureType = .pipeline_layout_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    setLayoutCount: u32 = 0,
    pSetLayouts: ?[*]const DescriptorSetLayout = null,
    pushConstantRangeCount: u32 = 0,
    pPushConstantRanges: ?[*]const PushConstantRange = null,
};

pub const PipelineCacheCreateInfo = extern struct {
    sType: StructureType = .pipeline_cache_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    initialDataSize: usize = 0,
    pInitialData: ?*const anyopaque = null,
};

pub const SpecializationMapEntry = extern struct {
    constantID: u32,
    offset: u32,
    size: usize,
};

pub const SpecializationInfo = extern struct {
    mapEntryCount: u32 = 0,
    pMapEntries: ?[*]const SpecializationMapEntry = null,
    dataSize: usize = 0,
    pData: ?*const anyopaque = null,
};

pub const PipelineShaderStageCreateInfo = extern struct {
    sType: StructureType = .pipeline_shader_stage_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    stage: u32,
    module: ShaderModule = .none,
    pName: ?[*:0]const u8 = null,
    pSpecializationInfo: ?*const SpecializationInfo = null,
};

pub const ComputePipelineCreateInfo = extern struct {
    sType: StructureType = .compute_pipeline_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    stage: PipelineShaderStageCreateInfo,
    layout: PipelineLayout,
    basePipelineHandle: Pipeline = .none,
    basePipelineIndex: i32,
};

pub const PipelineVertexInputStateCreateInfo = extern struct {
    sType: StructureType = .pipeline_vertex_input_state_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    vertexBindingDescriptionCount: u32 = 0,
    pVertexBindingDescriptions: ?*const anyopaque = null,
    vertexAttributeDescriptionCount: u32 = 0,
    pVertexAttributeDescriptions: ?*const anyopaque = null,
};

pub const PipelineInputAssemblyStateCreateInfo = extern struct {
    sType: StructureType = .pipeline_input_assembly_state_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    topology: PrimitiveTopology,
    primitiveRestartEnable: Bool,
};

pub const Viewport = extern struct {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
    minDepth: f32,
    maxDepth: f32,
};

pub const Offset2D = extern struct {
    x: i32,
    y: i32,
};

pub const Extent2D = extern struct {
    width: u32,
    height: u32,
};

pub const Rect2D = extern struct {
    offset: Offset2D,
    extent: Extent2D,
};

pub const PipelineViewportStateCreateInfo = extern struct {
    sType: StructureType = .pipeline_viewport_state_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    viewportCount: u32 = 0,
    pViewports: ?[*]const Viewport = null,
    scissorCount: u32 = 0,
    pScissors: ?[*]const Rect2D = null,
};

pub const PipelineRasterizationStateCreateInfo = extern struct {
    sType: StructureType = .pipeline_rasterization_state_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    depthClampEnable: Bool,
    rasterizerDiscardEnable: Bool,
    polygonMode: PolygonMode,
    cullMode: u32 = 0,
    frontFace: FrontFace,
    depthBiasEnable: Bool,
    depthBiasConstantFactor: f32,
    depthBiasClamp: f32,
    depthBiasSlopeFactor: f32,
    lineWidth: f32,
};

pub const PipelineMultisampleStateCreateInfo = extern struct {
    sType: StructureType = .pipeline_multisample_state_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    rasterizationSamples: u32,
    sampleShadingEnable: Bool,
    minSampleShading: f32,
    pSampleMask: ?[*]const u32 = null,
    alphaToCoverageEnable: Bool,
    alphaToOneEnable: Bool,
};

pub const PipelineColorBlendAttachmentState = extern struct {
    blendEnable: Bool,
    srcColorBlendFactor: BlendFactor,
    dstColorBlendFactor: BlendFactor,
    colorBlendOp: BlendOp,
    srcAlphaBlendFactor: BlendFactor,
    dstAlphaBlendFactor: BlendFactor,
    alphaBlendOp: BlendOp,
    colorWriteMask: u32 = 0,
};

pub const PipelineColorBlendStateCreateInfo = extern struct {
    sType: StructureType = .pipeline_color_blend_state_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    logicOpEnable: Bool,
    logicOp: LogicOp,
    attachmentCount: u32 = 0,
    pAttachments: ?[*]const PipelineColorBlendAttachmentState = null,
    blendConstants: [4]f32,
};

pub const PipelineDynamicStateCreateInfo = extern struct {
    sType: StructureType = .pipeline_dynamic_state_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    dynamicStateCount: u32 = 0,
    pDynamicStates: ?[*]const DynamicState = null,
};

pub const GraphicsPipelineCreateInfo = extern struct {
    sType: StructureType = .graphics_pipeline_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    stageCount: u32 = 0,
    pStages: ?[*]const PipelineShaderStageCreateInfo = null,
    pVertexInputState: ?*const PipelineVertexInputStateCreateInfo = null,
    pInputAssemblyState: ?*const PipelineInputAssemblyStateCreateInfo = null,
    pTessellationState: ?*const anyopaque = null,
    pViewportState: ?*const PipelineViewportStateCreateInfo = null,
    pRasterizationState: ?*const PipelineRasterizationStateCreateInfo = null,
    pMultisampleState: ?*const PipelineMultisampleStateCreateInfo = null,
    pDepthStencilState: ?*const anyopaque = null,
    pColorBlendState: ?*const PipelineColorBlendStateCreateInfo = null,
    pDynamicState: ?*const PipelineDynamicStateCreateInfo = null,
    layout: PipelineLayout = .none,
    renderPass: RenderPass = .none,
    subpass: u32,
    basePipelineHandle: Pipeline = .none,
    basePipelineIndex: i32,
};

pub const DescriptorPoolSize = extern struct {
    type: DescriptorType,
    descriptorCount: u32,
};

pub const DescriptorPoolCreateInfo = extern struct {
    sType: StructureType = .descriptor_pool_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    maxSets: u32,
    poolSizeCount: u32 = 0,
    pPoolSizes: ?[*]const DescriptorPoolSize = null,
};

pub const DescriptorSetAllocateInfo = extern struct {
    sType: StructureType = .descriptor_set_allocate_info,
    pNext: ?*const anyopaque = null,
    descriptorPool: DescriptorPool,
    descriptorSetCount: u32,
    pSetLayouts: ?[*]const DescriptorSetLayout = null,
};

pub const DescriptorImageInfo = extern struct {
    sampler: Sampler,
    imageView: ImageView,
    imageLayout: ImageLayout,
};

pub const DescriptorBufferInfo = extern struct {
    buffer: Buffer = .none,
    offset: u64,
    range: u64,
};

pub const WriteDescriptorSet = extern struct {
    sType: StructureType = .write_descriptor_set,
    pNext: ?*const anyopaque = null,
    dstSet: DescriptorSet,
    dstBinding: u32,
    dstArrayElement: u32,
    descriptorCount: u32,
    descriptorType: DescriptorType,
    pImageInfo: ?[*]const DescriptorImageInfo = null,
    pBufferInfo: ?[*]const DescriptorBufferInfo = null,
    pTexelBufferView: ?[*]const u64 = null,
};

pub const CopyDescriptorSet = extern struct {
    sType: StructureType = .copy_descriptor_set,
    pNext: ?*const anyopaque = null,
    srcSet: DescriptorSet,
    srcBinding: u32,
    srcArrayElement: u32,
    dstSet: DescriptorSet,
    dstBinding: u32,
    dstArrayElement: u32,
    descriptorCount: u32,
};

pub const CommandPoolCreateInfo = extern struct {
    sType: StructureType = .command_pool_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    queueFamilyIndex: u32,
};

pub const CommandBufferAllocateInfo = extern struct {
    sType: StructureType = .command_buffer_allocate_info,
    pNext: ?*const anyopaque = null,
    commandPool: CommandPool,
    level: CommandBufferLevel,
    commandBufferCount: u32,
};

pub const CommandBufferInheritanceInfo = extern struct {
    sType: StructureType = .command_buffer_inheritance_info,
    pNext: ?*const anyopaque = null,
    renderPass: RenderPass = .none,
    subpass: u32,
    framebuffer: Framebuffer = .none,
    occlusionQueryEnable: Bool,
    queryFlags: u32 = 0,
    pipelineStatistics: u32 = 0,
};

pub const CommandBufferBeginInfo = extern struct {
    sType: StructureType = .command_buffer_begin_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    pInheritanceInfo: ?*const CommandBufferInheritanceInfo = null,
};

pub const MemoryBarrier2 = extern struct {
    sType: StructureType = .memory_barrier_2,
    pNext: ?*const anyopaque = null,
    srcStageMask: u64 = 0,
    srcAccessMask: u64 = 0,
    dstStageMask: u64 = 0,
    dstAccessMask: u64 = 0,
};

pub const BufferMemoryBarrier2 = extern struct {
    sType: StructureType = .buffer_memory_barrier_2,
    pNext: ?*const anyopaque = null,
    srcStageMask: u64 = 0,
    srcAccessMask: u64 = 0,
    dstStageMask: u64 = 0,
    dstAccessMask: u64 = 0,
    srcQueueFamilyIndex: u32,
    dstQueueFamilyIndex: u32,
    buffer: Buffer,
    offset: u64,
    size: u64,
};

pub const ImageMemoryBarrier2 = extern struct {
    sType: StructureType = .image_memory_barrier_2,
    pNext: ?*const anyopaque = null,
    srcStageMask: u64 = 0,
    srcAccessMask: u64 = 0,
    dstStageMask: u64 = 0,
    dstAccessMask: u64 = 0,
    oldLayout: ImageLayout,
    newLayout: ImageLayout,
    srcQueueFamilyIndex: u32,
    dstQueueFamilyIndex: u32,
    image: Image,
    subresourceRange: ImageSubresourceRange,
};

pub const DependencyInfo = extern struct {
    sType: StructureType = .dependency_info,
    pNext: ?*const anyopaque = null,
    dependencyFlags: u32 = 0,
    memoryBarrierCount: u32 = 0,
    pMemoryBarriers: ?[*]const MemoryBarrier2 = null,
    bufferMemoryBarrierCount: u32 = 0,
    pBufferMemoryBarriers: ?[*]const BufferMemoryBarrier2 = null,
    imageMemoryBarrierCount: u32 = 0,
    pImageMemoryBarriers: ?[*]const ImageMemoryBarrier2 = null,
};

pub const ClearColorValue = extern union {
    float32: [4]f32,
    int32: [4]i32,
    uint32: [4]u32,
};

pub const ClearDepthStencilValue = extern struct {
    depth: f32,
    stencil: u32,
};

pub const ClearValue = extern union {
    color: ClearColorValue,
    depthStencil: ClearDepthStencilValue,
};

pub const RenderingAttachmentInfo = extern struct {
    sType: StructureType = .rendering_attachment_info,
    pNext: ?*const anyopaque = null,
    imageView: ImageView = .none,
    imageLayout: ImageLayout,
    resolveMode: u32 = 0,
    resolveImageView: ImageView = .none,
    resolveImageLayout: ImageLayout,
    loadOp: AttachmentLoadOp,
    storeOp: AttachmentStoreOp,
    clearValue: ClearValue,
};

pub const RenderingInfo = extern struct {
    sType: StructureType = .rendering_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    renderArea: Rect2D,
    layerCount: u32,
    viewMask: u32,
    colorAttachmentCount: u32 = 0,
    pColorAttachments: ?[*]const RenderingAttachmentInfo = null,
    pDepthAttachment: ?*const RenderingAttachmentInfo = null,
    pStencilAttachment: ?*const RenderingAttachmentInfo = null,
};

pub const BufferCopy = extern struct {
    srcOffset: u64,
    dstOffset: u64,
    size: u64,
};

pub const ImageSubresourceLayers = extern struct {
    aspectMask: u32,
    mipLevel: u32,
    baseArrayLayer: u32,
    layerCount: u32,
};

pub const Offset3D = extern struct {
    x: i32,
    y: i32,
    z: i32,
};

pub const ImageCopy = extern struct {
    srcSubresource: ImageSubresourceLayers,
    srcOffset: Offset3D,
    dstSubresource: ImageSubresourceLayers,
    dstOffset: Offset3D,
    extent: Extent3D,
};

pub const BufferImageCopy = extern struct {
    bufferOffset: u64,
    bufferRowLength: u32,
    bufferImageHeight: u32,
    imageSubresource: ImageSubresourceLayers,
    imageOffset: Offset3D,
    imageExtent: Extent3D,
};

pub const QueryPoolCreateInfo = extern struct {
    sType: StructureType = .query_pool_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    queryType: QueryType,
    queryCount: u32,
    pipelineStatistics: u32 = 0,
};

pub const SemaphoreCreateInfo = extern struct {
    sType: StructureType = .semaphore_create_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
};

pub const SemaphoreWaitInfo = extern struct {
    sType: StructureType = .semaphore_wait_info,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    semaphoreCount: u32,
    pSemaphores: ?[*]const Semaphore = null,
    pValues: ?[*]const u64 = null,
};

pub const SemaphoreSignalInfo = extern struct {
    sType: StructureType = .semaphore_signal_info,
    pNext: ?*const anyopaque = null,
    semaphore: Semaphore,
    value: u64,
};

pub const MemoryGetFdInfoKHR = extern struct {
    sType: StructureType = .memory_get_fd_info_khr,
    pNext: ?*const anyopaque = null,
    memory: DeviceMemory,
    handleType: u32,
};

pub const DebugUtilsObjectNameInfoEXT = extern struct {
    sType: StructureType = .debug_utils_object_name_info_ext,
    pNext: ?*const anyopaque = null,
    objectType: ObjectType,
    objectHandle: u64,
    pObjectName: ?[*:0]const u8 = null,
};

pub const PhysicalDeviceIDProperties = extern struct {
    sType: StructureType = .physical_device_id_properties,
    pNext: ?*anyopaque = null,
    deviceUUID: [16]u8 = @splat(0),
    driverUUID: [16]u8 = @splat(0),
    deviceLUID: [8]u8 = @splat(0),
    deviceNodeMask: u32 = 0,
    deviceLUIDValid: Bool = no,
};

pub const ConformanceVersion = extern struct {
    major: u8,
    minor: u8,
    subminor: u8,
    patch: u8,
};

pub const PhysicalDeviceDriverProperties = extern struct {
    sType: StructureType = .physical_device_driver_properties,
    pNext: ?*anyopaque = null,
    driverID: i32 = 0,
    driverName: [256]u8 = @splat(0),
    driverInfo: [256]u8 = @splat(0),
    conformanceVersion: ConformanceVersion = .{ .major = 0, .minor = 0, .subminor = 0, .patch = 0 },
};

pub const PhysicalDeviceSynchronization2Features = extern struct {
    sType: StructureType = .physical_device_synchronization_2_features,
    pNext: ?*anyopaque = null,
    synchronization2: Bool = no,
};

pub const PhysicalDeviceDynamicRenderingFeatures = extern struct {
    sType: StructureType = .physical_device_dynamic_rendering_features,
    pNext: ?*anyopaque = null,
    dynamicRendering: Bool = no,
};

pub const PhysicalDeviceTimelineSemaphoreFeatures = extern struct {
    sType: StructureType = .physical_device_timeline_semaphore_features,
    pNext: ?*anyopaque = null,
    timelineSemaphore: Bool = no,
};

pub const MemoryDedicatedRequirements = extern struct {
    sType: StructureType = .memory_dedicated_requirements,
    pNext: ?*anyopaque = null,
    prefersDedicatedAllocation: Bool = no,
    requiresDedicatedAllocation: Bool = no,
};

pub const MemoryDedicatedAllocateInfo = extern struct {
    sType: StructureType = .memory_dedicated_allocate_info,
    pNext: ?*const anyopaque = null,
    image: Image = .none,
    buffer: Buffer = .none,
};

pub const ExportMemoryAllocateInfo = extern struct {
    sType: StructureType = .export_memory_allocate_info,
    pNext: ?*const anyopaque = null,
    handleTypes: u32 = 0,
};

pub const ImportMemoryFdInfoKHR = extern struct {
    sType: StructureType = .import_memory_fd_info_khr,
    pNext: ?*const anyopaque = null,
    handleType: u32 = 0,
    fd: c_int,
};

pub const ExternalMemoryBufferCreateInfo = extern struct {
    sType: StructureType = .external_memory_buffer_create_info,
    pNext: ?*const anyopaque = null,
    handleTypes: u32 = 0,
};

pub const SemaphoreTypeCreateInfo = extern struct {
    sType: StructureType = .semaphore_type_create_info,
    pNext: ?*const anyopaque = null,
    semaphoreType: SemaphoreType,
    initialValue: u64,
};

pub const PipelineRenderingCreateInfo = extern struct {
    sType: StructureType = .pipeline_rendering_create_info,
    pNext: ?*const anyopaque = null,
    viewMask: u32,
    colorAttachmentCount: u32 = 0,
    pColorAttachmentFormats: ?[*]const Format = null,
    depthAttachmentFormat: Format,
    stencilAttachmentFormat: Format,
};

pub const ValidationFeaturesEXT = extern struct {
    sType: StructureType = .validation_features_ext,
    pNext: ?*const anyopaque = null,
    enabledValidationFeatureCount: u32 = 0,
    pEnabledValidationFeatures: ?[*]const ValidationFeatureEnableEXT = null,
    disabledValidationFeatureCount: u32 = 0,
    pDisabledValidationFeatures: ?[*]const i32 = null,
};

pub const DebugUtilsMessengerCallbackDataEXT = extern struct {
    sType: StructureType = .debug_utils_messenger_callback_data_ext,
    pNext: ?*const anyopaque = null,
    flags: u32 = 0,
    pMessageIdName: ?[*:0]const u8 = null,
    messageIdNumber: i32,
    pMessage: ?[*:0]const u8 = null,
    queueLabelCount: u32 = 0,
    pQueueLabels: ?*const anyopaque = null,
    cmdBufLabelCount: u32 = 0,
    pCmdBufLabels: ?*const anyopaque = null,
    objectCount: u32 = 0,
    pObjects: ?[*]const DebugUtilsObjectNameInfoEXT = null,
};
