internal import ArgumentParser
internal import Foundation
internal import VolumeAPI
internal import VolumeDriver

/// The arguments that say what is to be created, of the commands that create it or show what that would do. It contains no other
/// group, because each level of groups multiplies what the parser's checks cost in a debug build.
struct CreateArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("The volume's name. Without one, its id identifies it.", valueName: "name"))
    var nameArgument: String?

    @Argument(
        help: ArgumentHelp(
            "The size: 10 and 10G are GiB, 512M, 1.5T, 10GB (decimal), 4096b, 8s, max, 50%free.",
            valueName: "size"
        )
    )
    var sizeArgument: String?

    @Option(name: [.long, .customShort("s")], parsing: .unconditional, help: "The same as SIZE.")
    var size: String?

    @Option(parsing: .unconditional, help: "The same as NAME.")
    var name: String?

    @Option(help: "The pool; by default the one with the most free capacity.", completion: .pools)
    var pool: String?

    @Option(help: "Its volume type, which says what its pool must be able to do.", completion: .types)
    var type: String?

    @Option(help: "The group in which it is created.", completion: .groups)
    var group: String?

    @Option(
        help: ArgumentHelp(
            "Create it from this snapshot, in the same pool; by default with the same size.",
            valueName: "snapshot"
        ),
        completion: .snapshots
    )
    var snapshot: String?

    @Option(
        help: ArgumentHelp("Create it as a copy of this volume, in the same pool.", valueName: "volume"),
        completion: .volumes
    )
    var source: String?

    @Option(
        help: ArgumentHelp(
            "A name of the request: made again with it within 7 days, the request has the outcome of the first.",
            valueName: "key"
        )
    )
    var idempotencyKey: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Write this image file to it; by default with the size of the image.", valueName: "file"),
        completion: .file()
    )
    var image: String?

    @Option(
        help: ArgumentHelp(
            "The format of the image, raw or qcow2, which is never guessed.",
            valueName: "format"
        )
    )
    var imageFormat: ImageFormat?

    /// The requested volume, with what the options beside these say.
    func request(_ attributes: AttributeOptions, _ placement: PlacementOptions) throws -> VolumeRequest {
        let origin = try origin()
        let (name, text) = try words()
        var request = try VolumeRequest(words: name, size: text, source: origin, pool: pool)
        request.type = type
        request.group = group
        request.placement = try placement.request()
        request.idempotencyKey = try idempotencyKey.map(IdempotencyKey.init(validating:))
        request.attributes = try attributes.attributes()
        return request
    }

    private func origin() throws -> VolumeSource? {
        let given = [("--snapshot", snapshot), ("--source", source), ("--image", image)].filter { $0.1 != nil }.map(\.0)
        guard given.count <= 1 else {
            throw VolumeError.malformedCreation("\(given[0]) and \(given[1]) exclude each other")
        }
        guard image != nil || imageFormat == nil else {
            throw VolumeError.malformedCreation("--image-format needs --image")
        }
        guard let image else { return snapshot.map(VolumeSource.snapshot) ?? source.map(VolumeSource.volume) }
        guard let imageFormat else {
            throw VolumeError.malformedCreation("--image needs --image-format raw or qcow2, which is never guessed")
        }
        return .image(VolumeImage(argument: image, format: imageFormat))
    }

    private func words() throws -> (name: String?, size: String?) {
        if let argument = nameArgument, let name, argument != name {
            throw VolumeError.malformedCreation("two names are given, '\(argument)' and '\(name)'")
        }
        if let argument = sizeArgument, let size, argument != size {
            throw VolumeError.malformedCreation("two sizes are given, '\(argument)' and '\(size)'")
        }
        if let size = size ?? sizeArgument { return (name ?? nameArgument, size) }
        guard let argument = nameArgument, name == nil, (try? SizeExpression(parsing: argument)) != nil else {
            if snapshot != nil || source != nil || image != nil { return (name ?? nameArgument, nil) }
            throw VolumeError.malformedCreation(
                "no size is given",
                remedy: VolumeRequest.example(name: name ?? nameArgument, size: "10G")
            )
        }
        throw VolumeError.malformedCreation(
            "'\(argument)' alone is a name, not a size",
            remedy: .command("create --size \(argument)")
        )
    }
}

extension VolumeError {
    static func malformedCreation(_ problem: String, remedy: Remedy? = nil) -> VolumeError {
        VolumeError(
            .invalidInput,
            "cannot create a volume: \(problem)",
            remedies: (remedy.map { [$0] } ?? []) + [.command("create --help")]
        )
    }
}
