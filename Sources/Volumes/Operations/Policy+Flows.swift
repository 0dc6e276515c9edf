internal import VolumeAPI

extension Policy.Rule {
    /// The rule about requests that flows of this name carry out.
    init(ofFlow name: String) {
        self =
            switch name {
            case "create-volume": .createVolume
            case "extend-volume": .extendVolume
            case "delete-volume": .deleteVolume
            case "create-snapshot": .createSnapshot
            case "delete-snapshot": .deleteSnapshot
            case "revert-volume": .revertVolume
            case "attach-volume", "export-volume", "mount-volume": .attachVolume
            case "detach-volume", "unexport-volume", "unmount-volume": .detachVolume
            case "save-image": .saveImage
            case "adopt-volume": .adoptVolume
            case "forget-volume": .forgetVolume
            case "retype-volume": .retypeVolume
            case "migrate-volume": .migrateVolume
            case "transfer-volume": .transferVolume
            default: .updateVolume
            }
    }
}
