internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// How creations of older versions are carried on. In version 2 the size was computed for all pools by a step of its own,
/// and there was only one attempt.
let createVolumeUpgrades = [
    Upgrade(from: 1) { _ in },
    Upgrade(from: 2) { run in
        if let spec = try run.output(of: "extract-spec", as: ExtractedSpec.self),
            try run.output(of: ScheduleVolume.name, as: OldSchedule.self) != nil
        {
            try run.rewriteOutput(of: ScheduleVolume.name) { (old: OldSchedule) in
                ScheduleVolume.Output(chosenPool: old.chosenPool, actualSize: spec.actualSize, verdicts: old.verdicts)
            }
            try run.complete(TryPools.name, giving: TryPools.Output(tried: []))
        }
        run.drop("extract-spec")
    },
]

private struct ExtractedSpec: Fields {
    @Field var actualSize: ByteCount
}

private struct OldSchedule: Fields {
    @Field var chosenPool: String
    @Field var verdicts: [PoolVerdict]
}
