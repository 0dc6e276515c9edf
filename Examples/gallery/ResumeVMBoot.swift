import DirectoryStore
import TaskFlow

// A virtual machine is booted by nested flows. The process dies on the way, and another one continues.

struct ResumeVMBoot: Example {
    static let name = "resume-vm-boot"

    struct Machine: Codable {
        var kind = "kvm"
        var disks = 2
        var cpus = 1
        var addresses = 1
        var volumes = 3
    }

    struct Spec: Fields { @Field var machine: Machine }
    struct Images: Fields { @Field var paths: [String] }
    struct Addresses: Fields { @Field var addresses: [String] }
    struct Volumes: Fields { @Field var volumes: [String] }
    struct Network: Fields {
        @Field var paths: [String]
        @Field var addresses: [String]
    }

    static func flow(dying: Bool) throws -> Flow<Nothing> {
        try Flow("vm-boot") {
            Step("define-spec") { (_: Nothing) in Spec(machine: Machine()) }
            GraphFlow("image-maker") {
                Step("download-images") { (spec: Spec) in
                    let paths = (0..<spec.machine.disks).map { "images/\($0).img" }
                    for path in paths { print("Downloading to \(path)") }
                    return Images(paths: paths)
                }
            }
            GraphFlow("network-maker") {
                Step("write-settings") { (network: Network) in
                    for path in network.paths { print("Writing \(network.addresses) to \(path)") }
                    return Nothing()
                }
                Step("allocate-addresses") { (spec: Spec) in
                    Addresses(addresses: (0..<spec.machine.addresses).map { "192.0.2.\(17 + $0)" })
                }
            }
            GraphFlow("volume-maker") {
                Step("format-volumes") { (made: Volumes) in
                    for volume in made.volumes {
                        print("Formatting volume \(volume)")
                        if dying && volume == "/dev/vda2" { endProcess() }
                    }
                    return Nothing()
                }
                Step("allocate-volumes") { (spec: Spec) in
                    let volumes = (0..<spec.machine.volumes).map { "/dev/vda\($0 + 1)" }
                    print("Allocated volumes \(volumes)")
                    return Volumes(volumes: volumes)
                }
            }
            Step("boot") { (spec: Spec) in
                print("Booted a \(spec.machine.kind) with \(spec.machine.cpus) processor")
                return Nothing()
            }
        }
    }

    func run() async throws {
        if let path = childArguments.first {
            return try await Engine(Self.flow(dying: true), request: Nothing(), in: DirectoryStore(path: path)).run()
        }
        try await withDirectory { path in
            try await runInChild(Self.name, "\(path)/runs")
            print("The process is gone. In another one:")
            let store = try DirectoryStore(path: "\(path)/runs")
            for run in try await store.abandoned() {
                try await Engine(resuming: run.id, with: Self.flow(dying: false).recipe, in: store).run()
            }
        }
    }
}
