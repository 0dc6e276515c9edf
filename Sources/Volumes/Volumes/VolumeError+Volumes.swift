internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

extension VolumeError {
    /// - Parameter subject: what is requested, after "cannot".
    static func nameTaken(_ name: VolumeName, by other: Volume, to subject: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot \(subject): \(subject.contains("\"\(name)\"") ? "the name" : "name \"\(name)\"") is taken",
            cause: "volume \(other.id) has it, \(other.size), \(other.status.rawValue)",
            remedies: [.showVolume(name.description), .listVolumes]
        )
    }

    static func idTaken(_ id: VolumeID) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot create a volume: the id \(id) is taken",
            cause: "a volume of this or another project has it",
            remedies: [.advice("choose another id"), .listVolumes]
        )
    }

    static func taken(_ volume: Volume) -> VolumeError {
        VolumeError(
            .conflict,
            "volume \"\(volume.label)\" was changed by another flow",
            cause: "flow \(volume.flow) was the last to change it; it is \(volume.status.rawValue)",
            remedies: [.showVolume(volume.label), .showFlow(volume.flow)]
        )
    }

    static func wrongStatus(_ volume: Volume, for status: VolumeStatus) -> VolumeError {
        VolumeError(
            .conflict,
            "volume \"\(volume.label)\" is \(volume.status.isBeingCreated ? "still being created" : volume.status.rawValue) "
                + "and can't be \(status == .deleting ? "deleted" : "made \(status.rawValue)")",
            cause: volume.status.hasFailed ? volume.lastError : "flow \(volume.flow) is working on it",
            remedies: volume.wayOut + [.showVolume(volume.label)]
        )
    }
}
