internal import ArgumentParser
internal import Foundation
internal import Identity
internal import PoolConfiguration
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// A command that creates a volume.
protocol CreatingCommand: WaitingCommand, ChangingCommand {
    /// The requested volume.
    func request() throws -> VolumeRequest
}

extension CreatingCommand {
    var deed: String { "create a volume" }

    func check() throws { _ = try request() }

    /// Creates the volume and prints it.
    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let start = Date()
        let request = try request().withDefaults(of: settings)
        let created = try await explaining(request.pool, settings) {
            try await carryOut(.reverts, by: service, settings) { service, control in
                try await service.create(request, control: control)
            }
        }
        if created.isCrashConsistent, case .volume(let source) = request.source {
            Console.noteCrashConsistency(of: "the copy", source)
        }
        if case .exactly(let asked) = request.size, asked != created.volume.size {
            Console.note(
                "note: rounded up from \(asked.bytes) to \(created.volume.size.bytes) bytes, in whole allocation units"
            )
        }
        try print(created, request.attributes, as: settings.output, after: Date().timeIntervalSince(start))
    }

    /// Makes all checks of the request, and prints the pool that would be chosen, and why.
    func rehearse(_ service: any VolumeClient, _ settings: Settings) async throws {
        let rehearsal = try await rehearsed(service, settings)
        let request = try request().withDefaults(of: settings)
        let plan = try await explaining(request.pool, settings) { try await service.plan(request) }
        try output.print(rehearsal, of: plan, request.name, as: settings.output)
    }

    /// Reports that the volume exists already, and whether its attributes are those of the request.
    private func tellOfExisting(_ volume: Volume, _ requested: VolumeAttributes) {
        Console.note("note: volume \"\(volume.label)\" already exists with this specification")
        let attributes = volume.attributes
        let isAsRequested =
            [attributes.description, ""].contains(requested.description)
            && requested.labels.allSatisfy { attributes.labels[$0.key] == $0.value }
            && (!requested.isProtected || attributes.isProtected) && (!requested.isBootable || attributes.isBootable)
        if !isAsRequested {
            Console.note("note: its attributes are not changed; to change them: volumectl set \(volume.label)")
        }
    }

    private func print(
        _ created: CreatedVolume,
        _ requested: VolumeAttributes,
        as format: OutputFormat,
        after duration: TimeInterval
    ) throws {
        let volume = created.volume
        if volume.status.isBeingCreated {
            return try output.print(begun: volume.flow, as: format, VolumeView(volume, location: created.location)) {
                "flow \(volume.flow): creating volume \"\(volume.label)\", \(volume.size), pool \(volume.pool ?? "-")"
            }
        }
        if !created.isNew { tellOfExisting(volume, requested) }
        if output.quiet {
            try Console.result(volume.id.description)
        } else if format == .json {
            try Console.result(json: VolumeView(volume, location: created.location))
        } else {
            try Console.result(
                "\(volume.label)  \(volume.exactSize)  pool \(volume.pool ?? "-")  \(volume.status.rawValue)"
                    + (created.isNew ? "  (\(duration.duration))" : "")
            )
        }
    }
}

extension VolumeRequest {
    /// The request with the pool and the type that are configured for requests that name none.
    func withDefaults(of settings: Settings) -> VolumeRequest {
        var request = self
        (request.defaultPool, request.defaultType) = (settings.pool, settings.defaultType)
        return request
    }

    /// Creates a request from command-line arguments.
    init(words name: String?, size text: String?, source: VolumeSource?, pool: String?) throws {
        do {
            let size = try text.map(SizeExpression.init(parsing:))
            if let text, case .growing? = size {
                throw VolumeError.malformedCreation(
                    "'\(text)' is an amount to grow by, not a size",
                    remedy: Self.example(name: name, size: text.dropFirst())
                )
            }
            self.init(name: try name.map { try VolumeName(validating: $0) }, size: size, source: source, pool: pool)
        } catch let error as VolumeError {
            throw error
        } catch {
            throw VolumeError.malformedCreation("\(error)", remedy: Self.example(name: name, size: "10G"))
        }
    }

    /// The same command with a valid size; `nil` if the name is invalid.
    static func example(name: String?, size: some StringProtocol) -> Remedy? {
        guard let name else { return .command("create --size \(size)") }
        return (try? VolumeName(validating: name)).map { .command("create \($0) \(size)") }
    }
}
