// swift-tools-version: 6.2
import PackageDescription

let upcomingFeatures = [
    "ExistentialAny",  // SE-0335
    "MemberImportVisibility",  // SE-0444
    "InternalImportsByDefault",  // SE-0409
    "NonisolatedNonsendingByDefault",  // SE-0461
]
let settings = upcomingFeatures.map { SwiftSetting.enableUpcomingFeature($0) }

let examples = [
    "tutorial", "simple-linear", "simple-linear-listen", "reverting", "fetch", "cat-dog", "create-volume", "job-board",
]

let package = Package(
    name: "volumectl",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "volumectl", targets: ["volumectl"]),
        .executable(name: "volumed", targets: ["volumed"]),
        .library(name: "Identity", targets: ["Identity"]),
        .library(name: "TaskFlow", targets: ["TaskFlow"]),
        .library(name: "SQL", targets: ["SQL"]),
        .library(name: "SQLite", targets: ["SQLite"]),
        .library(name: "PostgreSQL", targets: ["PostgreSQL"]),
        .library(name: "SQLStore", targets: ["SQLStore"]),
        .library(name: "StoreKit", targets: ["RuleKit", "StoreKit"]),
        .library(name: "DirectoryStore", targets: ["DirectoryStore"]),
        .library(name: "VolumeDriver", targets: ["VolumeDriver"]),
        .library(name: "Programs", targets: ["Programs"]),
        .library(name: "DriverKit", targets: ["DriverKit", "RuleKit"]),
        .library(name: "LoopbackDriver", targets: ["LoopbackDriver"]),
        .library(name: "ExternalDriver", targets: ["ExternalDriver"]),
        .library(name: "RBDDriver", targets: ["RBDDriver"]),
        .library(name: "Exports", targets: ["Exports"]),
        .library(name: "FileSystems", targets: ["FileSystems"]),
        .library(name: "LVMDriver", targets: ["LVMDriver"]),
        .library(name: "Varlink", targets: ["Varlink"]),
        .library(name: "VolumeAPI", targets: ["VolumeAPI"]),
        .library(name: "Volumes", targets: ["Volumes"]),
        .library(name: "PoolConfiguration", targets: ["PoolConfiguration"]),
    ],
    traits: [
        .trait(name: "Metrics", description: "TaskFlow counts and times flows in swift-metrics."),
        .trait(name: "Tracing", description: "TaskFlow makes spans of flows in swift-distributed-tracing."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CLibUUID", pkgConfig: "uuid", providers: [.apt(["uuid-dev"])]),
        .systemLibrary(name: "CLinux"),
        .target(name: "Identity", dependencies: ["CLibUUID"]),
        .target(
            name: "TaskFlow",
            dependencies: [
                "Identity", "TimeLimits", .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
                .product(name: "Tracing", package: "swift-distributed-tracing", condition: .when(traits: ["Tracing"])),
            ],
            exclude: ["README.md"]
        ),
        .target(name: "TimeLimits"),
        .target(name: "Threads", dependencies: [.product(name: "DequeModule", package: "swift-collections")]),
        .target(name: "Ownership"),
        .target(name: "Trust", dependencies: ["CLinux"]),
        .target(name: "Varlink", dependencies: ["CLinux"], exclude: ["README.md"]),
        .target(name: "Supervision"),
        .target(name: "SQL", dependencies: ["Identity"], exclude: ["README.md"]),
        .target(name: "SQLite", dependencies: ["CSQLite", "Ownership", "SQL", "Threads"]),
        .target(name: "CLibPQ"),
        .target(
            name: "PostgreSQL",
            dependencies: [
                "CLibPQ", "Ownership", "SQL", "Threads", .product(name: "DequeModule", package: "swift-collections"),
            ],
            exclude: ["README.md"]
        ),
        .target(name: "SQLStore", dependencies: ["Identity", "SQL", "TaskFlow"], exclude: ["README.md"]),
        .target(name: "StoreKit", dependencies: ["Identity", "RuleKit", "SQL", "TaskFlow"]),
        .target(name: "DirectoryStore", dependencies: ["Identity", "Ownership", "TaskFlow"]),
        .target(name: "VolumeDriver", dependencies: ["Identity", "TimeLimits"], exclude: ["README.md"]),
        .target(
            name: "Programs",
            dependencies: [
                "CLinux", "Ownership", "Trust", "VolumeDriver",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(name: "RuleKit", dependencies: ["TimeLimits"]),
        .target(name: "DriverKit", dependencies: ["Identity", "RuleKit", "Threads", "VolumeDriver"]),
        .target(
            name: "LoopbackDriver",
            dependencies: [
                "CLinux", "Exports", "Identity", "Programs", "Threads", "Trust", "VolumeDriver",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "drivers/loopback",
            exclude: ["README.md"]
        ),
        .target(
            name: "ExternalDriver",
            dependencies: ["Identity", "Programs", "VolumeDriver"],
            path: "drivers/external",
            exclude: ["README.md", "example", "protocol.schema.json"]
        ),
        .target(name: "Exports", dependencies: ["Programs", "Threads", "Trust", "VolumeDriver"]),
        .target(
            name: "RBDDriver",
            dependencies: ["Exports", "Identity", "Programs", "VolumeDriver"],
            path: "drivers/rbd",
            exclude: ["README.md"]
        ),
        .target(
            name: "LVMDriver",
            dependencies: ["CLinux", "Exports", "Identity", "Programs", "Threads", "VolumeDriver"],
            path: "drivers/lvm",
            exclude: ["README.md"]
        ),
        .target(name: "VolumeAPI", dependencies: ["Identity", "TaskFlow", "VolumeDriver"]),
        .target(name: "FileSystems", dependencies: ["Programs", "Trust", "VolumeAPI", "VolumeDriver"]),
        .target(
            name: "Volumes",
            dependencies: [
                "CLinux", "FileSystems", "Identity", "SQL", "SQLStore", "TaskFlow", "Threads", "TimeLimits", "Trust",
                "VolumeAPI", "VolumeDriver",
            ]
        ),
        .target(
            name: "PoolConfiguration",
            dependencies: [
                "ExternalDriver", "LoopbackDriver", "LVMDriver", "PostgreSQL", "RBDDriver", "SQL", "SQLite", "Trust",
                "VolumeAPI", "VolumeDriver", "Volumes",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .executableTarget(
            name: "volumectl",
            dependencies: [
                "DriverKit", "Identity", "PoolConfiguration", "Programs", "SQL", "Supervision", "TaskFlow", "Threads",
                "Trust", "Varlink", "VolumeAPI", "VolumeDriver", "Volumes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            resources: [.embedInCode("LocalAPI/io.volumectl.Volumes.varlink")]
        ),
        .executableTarget(
            name: "volumed",
            dependencies: [
                "PoolConfiguration", "SQL", "Supervision", "TaskFlow", "VolumeAPI", "Volumes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "ExternalDriver", "Identity", "LoopbackDriver", "LVMDriver", "PoolConfiguration", "PostgreSQL",
                "Programs",
                "RBDDriver", "SQL", "SQLite", "SQLStore", "TaskFlow", "VolumeAPI", "VolumeDriver", "Volumes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks",
            exclude: ["README.md", "peers"]
        ),
        .testTarget(name: "IdentityTests", dependencies: ["CLibUUID", "Identity"]),
        .testTarget(
            name: "TaskFlowTests",
            dependencies: [
                "Identity", "TaskFlow", "TestKit", .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "MetricsTestKit", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
                .product(
                    name: "InMemoryTracing",
                    package: "swift-distributed-tracing",
                    condition: .when(traits: ["Tracing"])
                ),
                .product(name: "Tracing", package: "swift-distributed-tracing", condition: .when(traits: ["Tracing"])),
            ]
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "DriverKit", "Identity", "LoopbackDriver", "SQL", "SQLite", "SQLStore", "TaskFlow", "TestKit",
                "VolumeAPI", "VolumeDriver", "Volumes",
            ],
            exclude: ["README.md"]
        ),
        .testTarget(
            name: "SQLStoreTests",
            dependencies: ["Identity", "SQL", "SQLite", "SQLStore", "TaskFlow", "TestKit"]
        ),
        .testTarget(
            name: "DirectoryStoreTests",
            dependencies: [
                "DirectoryStore", "Identity", "TaskFlow", "TestKit", "directory-child",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .executableTarget(
            name: "directory-child",
            dependencies: ["DirectoryStore", "Identity", "TaskFlow"],
            path: "Tests/DirectoryChild"
        ),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "DirectoryStore", "Identity", "PostgreSQL", "SQL", "SQLite", "SQLStore", "StoreKit", "TaskFlow",
                "TestKit", "Threads",
            ]
        ),
        .testTarget(name: "DocumentationTests", dependencies: ["TaskFlow"]),
        .testTarget(name: "ThreadsTests", dependencies: ["Threads", "TimeLimits"]),
        .testTarget(name: "VolumeDriverTests", dependencies: ["Identity", "TestKit", "VolumeDriver"]),
        .testTarget(name: "TimeLimitsTests", dependencies: ["TimeLimits"]),
        .testTarget(name: "TrustTests", dependencies: ["TestKit", "Trust"]),
        .executableTarget(name: "varlink-child", dependencies: ["Varlink"], path: "Tests/VarlinkChild"),
        .testTarget(
            name: "VarlinkTests",
            dependencies: ["Programs", "TestKit", "Varlink", "varlink-child"],
            exclude: ["Clients"]
        ),
        .testTarget(name: "ProgramsTests", dependencies: ["Ownership", "Programs", "TestKit", "VolumeDriver"]),
        .testTarget(
            name: "DriverKitTests",
            dependencies: ["DriverKit", "Identity", "LoopbackDriver", "TestKit", "VolumeDriver"]
        ),
        .testTarget(
            name: "LoopbackDriverTests",
            dependencies: [
                "DriverKit", "Identity", "LoopbackDriver", "Programs", "TestKit", "VolumeDriver",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "ExternalDriverTests",
            dependencies: ["DriverKit", "ExternalDriver", "Identity", "Programs", "TestKit", "VolumeDriver"]
        ),
        .testTarget(name: "ExportsTests", dependencies: ["Exports", "Programs", "TestKit", "VolumeDriver"]),
        .testTarget(
            name: "RBDDriverTests",
            dependencies: ["Exports", "Identity", "Programs", "RBDDriver", "TestKit", "VolumeDriver"]
        ),
        .testTarget(
            name: "CephTests",
            dependencies: [
                "DriverKit", "Identity", "Programs", "RBDDriver", "TestKit", "VolumeDriver", "volumectl", "volumed",
            ],
            exclude: ["Scripts"]
        ),
        .testTarget(
            name: "LVMDriverTests",
            dependencies: ["Identity", "LVMDriver", "Programs", "TestKit", "VolumeDriver", "lvm-child", "volumectl"],
            exclude: ["Guest"]
        ),
        .target(
            name: "TestKit",
            dependencies: [
                "Identity", "PostgreSQL", "SQL", "SQLite", "Threads", "VolumeDriver",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/TestKit"
        ),
        .executableTarget(
            name: "crash-child",
            dependencies: [
                "LoopbackDriver", "SQL", "SQLStore", "TestKit", "VolumeAPI", "VolumeDriver", "Volumes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/CrashChild"
        ),
        .executableTarget(
            name: "job-worker",
            dependencies: [
                "Identity", "SQL", "SQLStore", "TaskFlow", "TestKit",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/JobWorker"
        ),
        .executableTarget(
            name: "owner-child",
            dependencies: [
                "PostgreSQL", "SQL", "SQLStore", "TaskFlow",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/OwnerChild"
        ),
        .testTarget(
            name: "PostgreSQLTests",
            dependencies: [
                "owner-child", "Ownership", "PostgreSQL", "SQL", "SQLStore", "TaskFlow", "TestKit",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["prototypes.c"]
        ),
        .testTarget(
            name: "CrashTests",
            dependencies: [
                "crash-child", "job-worker", "Identity", "LoopbackDriver", "SQL", "SQLStore", "TaskFlow",
                "TestKit", "VolumeAPI", "VolumeDriver", "Volumes",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .executableTarget(
            name: "lvm-child",
            dependencies: [
                "Identity", "LVMDriver", "VolumeDriver",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/LVMChild"
        ),
        // Many small examples in one program, so that there is only one to link.
        .executableTarget(
            name: "example-gallery",
            dependencies: [
                "DirectoryStore", "Identity", "TaskFlow", .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Examples/gallery",
            exclude: ["expected"]
        ),
        .testTarget(
            name: "ExamplesTests",
            dependencies: examples.map { .target(name: "example-\($0)") } + [
                "example-gallery", "TestKit",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "VolumesTests",
            dependencies: [
                "DriverKit", "Identity", "LoopbackDriver", "PostgreSQL", "SQL", "SQLite", "SQLStore", "TaskFlow",
                "TestKit",
                "Threads", "VolumeAPI",
                "VolumeDriver", "Volumes",
            ],
            exclude: ["Golden"]
        ),
        .testTarget(
            name: "PoolConfigurationTests",
            dependencies: ["PoolConfiguration", "TestKit", "VolumeAPI", "Volumes"]
        ),
        .testTarget(
            name: "VolumectlTests",
            dependencies: [
                "Identity", "PoolConfiguration", "Programs", "SQL", "SQLite", "SQLStore", "TaskFlow", "TestKit",
                "Varlink",
                "VolumeAPI", "VolumeDriver", "Volumes", "volumectl", "volumed",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for name in examples {
    package.targets.append(
        .executableTarget(
            name: "example-\(name)",
            dependencies: ["SQLite", "SQLStore", "TaskFlow"],
            path: "Examples/\(name)",
            exclude: ["expected-output.txt"]
        )
    )
}

for target in package.targets where target.type != .system {
    target.swiftSettings = settings
}
