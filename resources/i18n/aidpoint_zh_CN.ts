<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutCard</name>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>Point</source>
        <translation>点位</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>这台电脑</translation>
    </message>
    <message>
        <source>Letter {letter} in the numbers of records</source>
        <translation>记录编号里的字母是 {letter}</translation>
    </message>
</context>
<context>
    <name>AddForm</name>
    <message>
        <source>Initials, or ↓ for all</source>
        <translation>输入首字母，或按 ↓ 看全部</translation>
    </message>
    <message>
        <source>Colleague</source>
        <translation>同事</translation>
    </message>
    <message>
        <source>First password</source>
        <translation>初始密码</translation>
    </message>
</context>
<context>
    <name>AgainField</name>
    <message>
        <source>The same password again</source>
        <translation>再输入一遍</translation>
    </message>
    <message>
        <source>The two are not the same; type it again</source>
        <translation>两次输入不一样，请再输入一遍</translation>
    </message>
</context>
<context>
    <name>Amending</name>
    <message>
        <source>Correct: {kind}</source>
        <translation>更正{kind}</translation>
    </message>
    <message>
        <source>Save the correction</source>
        <translation>保存更正</translation>
    </message>
    <message>
        <source>Corrected; the history shows what stood there before</source>
        <translation>已更正，历史里可看到原来的内容</translation>
    </message>
    <message>
        <source>{masked}, type to replace</source>
        <translation>{masked}，要改请重填</translation>
    </message>
</context>
<context>
    <name>BothWrong</name>
    <message>
        <source>This is right</source>
        <translation>以此为准</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
</context>
<context>
    <name>CalledField</name>
    <message>
        <source>Just called</source>
        <translation>刚拨打</translation>
    </message>
</context>
<context>
    <name>CaseActs</name>
    <message>
        <source>Add a note</source>
        <translation>加说明</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Note saved</source>
        <translation>说明已保存</translation>
    </message>
    <message>
        <source>Add photos of the last contact</source>
        <translation>给最近一次接触加照片</translation>
    </message>
    <message>
        <source>Add photos of the person</source>
        <translation>加人员照片</translation>
    </message>
    <message>
        <source>Take this photo back</source>
        <translation>撤回这张照片</translation>
    </message>
    <message>
        <source>Take it back</source>
        <translation>撤回</translation>
    </message>
    <message>
        <source>Photo taken back</source>
        <translation>照片已撤回</translation>
    </message>
    <message>
        <source>It is no longer shown; that it was there stays readable in the history.</source>
        <translation>撤回后不再显示，历史里仍看得到曾有这张照片。</translation>
    </message>
    <message>
        <source>What was told</source>
        <translation>告知记录</translation>
    </message>
    <message>
        <source>Notice saved</source>
        <translation>告知记录已保存</translation>
    </message>
    <message>
        <source>Plan a visit</source>
        <translation>约跟踪</translation>
    </message>
    <message>
        <source>Plan</source>
        <translation>约定</translation>
    </message>
    <message>
        <source>Visit planned</source>
        <translation>已约定跟踪</translation>
    </message>
    <message>
        <source>How the visit went</source>
        <translation>登记跟踪结果</translation>
    </message>
    <message>
        <source>Visit saved</source>
        <translation>跟踪结果已保存</translation>
    </message>
    <message>
        <source>Close the case</source>
        <translation>结案</translation>
    </message>
    <message>
        <source>Case closed</source>
        <translation>已结案</translation>
    </message>
    <message>
        <source>Open the case again</source>
        <translation>重新打开个案</translation>
    </message>
    <message>
        <source>Open again</source>
        <translation>重新打开</translation>
    </message>
    <message>
        <source>Case open again</source>
        <translation>个案已重新打开</translation>
    </message>
    <message>
        <source>Take this act back as a whole</source>
        <translation>整次撤销</translation>
    </message>
    <message>
        <source>Take all of it back</source>
        <translation>整次撤销</translation>
    </message>
    <message>
        <source>Taken back</source>
        <translation>已撤销</translation>
    </message>
    <message>
        <source>What it wrote is struck but stays readable in the history, and its goods go back on the shelf.</source>
        <translation>这一次写下的内容会作废，历史里仍看得到，发放的物资回到库存。</translation>
    </message>
    <message>
        <source>Photos saved</source>
        <translation>照片已保存</translation>
    </message>
</context>
<context>
    <name>CaseBoard</name>
    <message>
        <source>Cases</source>
        <translation>个案</translation>
    </message>
    <message>
        <source>No case here</source>
        <translation>这里没有个案</translation>
    </message>
    <message>
        <source>Nothing fits the search and the filter. Other filters show more.</source>
        <translation>没有符合搜索和筛选的个案，换一个筛选看看。</translation>
    </message>
    <message>
        <source>No case chosen</source>
        <translation>还没有选中个案</translation>
    </message>
    <message>
        <source>Walk with the arrow keys; Enter goes into the case.</source>
        <translation>用上下键选择，按回车进入。</translation>
    </message>
    <message>
        <source>Log an encounter</source>
        <translation>登记</translation>
    </message>
    <message>
        <source>Name, pinyin, number, or last digits</source>
        <translation>姓名、拼音、编号、证件或电话后四位</translation>
    </message>
    <message>
        <source>Search cases</source>
        <translation>找个案</translation>
    </message>
    <message>
        <source>In progress</source>
        <translation>在办</translation>
    </message>
    <message>
        <source>Due today</source>
        <translation>今天到期</translation>
    </message>
    <message>
        <source>Followed</source>
        <translation>跟踪中</translation>
    </message>
    <message>
        <source>Handed on</source>
        <translation>已转介</translation>
    </message>
    <message>
        <source>Closed</source>
        <translation>已结案</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message numerus="yes">
        <source>%n cases</source>
        <translation>
            <numerusform>%n 个</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CaseColumns</name>
    <message>
        <source>Who</source>
        <translation>人员</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>地点</translation>
    </message>
    <message>
        <source>Last met</source>
        <translation>上次见到</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>not synced</source>
        <translation>未同步</translation>
    </message>
</context>
<context>
    <name>CaseView</name>
    <message>
        <source>History</source>
        <translation>历史</translation>
    </message>
    <message>
        <source>This case was taken back.</source>
        <translation>这个个案已撤销。</translation>
    </message>
    <message>
        <source>This point does not see this case any more: it was closed, or another point goes on with it. Nothing was lost.</source>
        <translation>本点位不再看到这个个案：已经结案，或由别的点位接着办。记录没有丢失。</translation>
    </message>
    <message>
        <source>Met again</source>
        <translation>再次登记</translation>
    </message>
    <message>
        <source>Add a note</source>
        <translation>加说明</translation>
    </message>
    <message>
        <source>Add photos</source>
        <translation>加照片</translation>
    </message>
    <message>
        <source>Plan a visit</source>
        <translation>约跟踪</translation>
    </message>
    <message>
        <source>Told</source>
        <translation>告知</translation>
    </message>
    <message>
        <source>From paper</source>
        <translation>补录</translation>
    </message>
    <message>
        <source>Open again</source>
        <translation>重新打开</translation>
    </message>
    <message>
        <source>Close the case</source>
        <translation>结案</translation>
    </message>
    <message>
        <source>Names and papers stay at the point that logged the case.</source>
        <translation>姓名、证件等个人资料只留在登记的点位。</translation>
    </message>
    <message>
        <source>What was asked</source>
        <translation>求助情况</translation>
    </message>
    <message>
        <source>Nothing written down yet.</source>
        <translation>还没有登记。</translation>
    </message>
    <message numerus="yes">
        <source>Contacts · %n</source>
        <translation>
            <numerusform>接触记录 · %n</numerusform>
        </translation>
    </message>
    <message>
        <source>to be done</source>
        <translation>待跟踪</translation>
    </message>
    <message>
        <source>How it went</source>
        <translation>登记结果</translation>
    </message>
    <message>
        <source>Other cases of this person</source>
        <translation>此人的其他个案</translation>
    </message>
    <message>
        <source>Correct</source>
        <translation>更正</translation>
    </message>
</context>
<context>
    <name>CaseWords</name>
    <message>
        <source>In danger</source>
        <translation>有危险</translation>
    </message>
    <message>
        <source>A minor</source>
        <translation>未成年</translation>
    </message>
    <message>
        <source>Nobody came</source>
        <translation>久未到场</translation>
    </message>
    <message>
        <source>Overdue</source>
        <translation>已超期</translation>
    </message>
    <message>
        <source>Not met yet</source>
        <translation>尚未见面</translation>
    </message>
</context>
<context>
    <name>CasesPage</name>
    <message>
        <source>Cases</source>
        <translation>个案</translation>
    </message>
</context>
<context>
    <name>CenterCard</name>
    <message>
        <source>Center</source>
        <translation>中心</translation>
    </message>
    <message>
        <source>Keep the code and sync</source>
        <translation>填入并同步</translation>
    </message>
    <message>
        <source>Shut out</source>
        <translation>已停用</translation>
    </message>
    <message>
        <source>Taken in</source>
        <translation>已接纳</translation>
    </message>
    <message>
        <source>Taken in {when}. It syncs by itself; F5 syncs at once.</source>
        <translation>{when} 已接纳。会自动同步，按 F5 立即同步。</translation>
    </message>
    <message>
        <source>Waits for a network</source>
        <translation>等待网络</translation>
    </message>
    <message>
        <source>The code is kept; it is used at the first contact. Until then all stays here.</source>
        <translation>启用码已填好，第一次连上中心时使用。在此之前记录都在这台电脑上。</translation>
    </message>
    <message>
        <source>Not yet</source>
        <translation>还没有接纳</translation>
    </message>
    <message>
        <source>You can work; to sync, enter the code the center gave you.</source>
        <translation>可以照常工作。要同步，请填写中心给的启用码。</translation>
    </message>
</context>
<context>
    <name>ChipRow</name>
    <message>
        <source>type the initials</source>
        <translation>键入拼音首字母</translation>
    </message>
</context>
<context>
    <name>CodeForm</name>
    <message>
        <source>Enrolment code</source>
        <translation>启用码</translation>
    </message>
</context>
<context>
    <name>CodeStep</name>
    <message>
        <source>Enrolment code</source>
        <translation>启用码</translation>
    </message>
    <message>
        <source>Enter the enrolment code</source>
        <translation>填写启用码</translation>
    </message>
    <message>
        <source>The center told it to you by phone or on paper. It is used once, at the first contact.</source>
        <translation>中心用电话或纸条告诉您的一串字符，只在第一次连上中心时用一次。</translation>
    </message>
    <message>
        <source>No code at hand, or no network? Leave it empty: you can work now and enter it later in the settings.</source>
        <translation>手边没有启用码，或现在没有网络？可以先空着：照常工作，以后在“设置”里填。</translation>
    </message>
</context>
<context>
    <name>Contact</name>
    <message>
        <source>Correct</source>
        <translation>更正</translation>
    </message>
    <message>
        <source>Take all of it back</source>
        <translation>整次撤销</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>{n} min</source>
        <translation>{n} 分钟</translation>
    </message>
    <message>
        <source>{words}, consent withdrawn</source>
        <translation>{words}，已撤回同意</translation>
    </message>
    <message>
        <source>{words}, told later: {why}</source>
        <translation>{words}，暂缓告知：{why}</translation>
    </message>
    <message>
        <source>lot good until {day}</source>
        <translation>批次 {day} 到期</translation>
    </message>
    <message>
        <source>back on the shelf</source>
        <translation>已退回库存</translation>
    </message>
</context>
<context>
    <name>CopiesCard</name>
    <message>
        <source>Copies</source>
        <translation>备份</translation>
    </message>
    <message>
        <source>A copy is locked like the data itself: only the passwords of this computer, or the center, open it.</source>
        <translation>备份和数据一样上了锁，只有这台电脑的密码或中心能打开。</translation>
    </message>
    <message>
        <source>Copying…</source>
        <translation>正在备份…</translation>
    </message>
    <message>
        <source>Make a copy now</source>
        <translation>立即备份</translation>
    </message>
    <message>
        <source>Copy to a stick…</source>
        <translation>备份到优盘…</translation>
    </message>
    <message>
        <source>Choose where the copy goes</source>
        <translation>选择备份存到哪里</translation>
    </message>
    <message>
        <source>None yet</source>
        <translation>还没有</translation>
    </message>
    <message numerus="yes">
        <source>{when}, {size} MB; %n in all</source>
        <translation>
            <numerusform>{when}，{size} 兆；共 %n 份</numerusform>
        </translation>
    </message>
    <message>
        <source>Newest</source>
        <translation>最近一份</translation>
    </message>
    <message>
        <source>Kept in</source>
        <translation>存放位置</translation>
    </message>
    <message>
        <source>Copied and checked: {path}</source>
        <translation>已备份并核对：{path}</translation>
    </message>
</context>
<context>
    <name>CountEnd</name>
    <message>
        <source>The shelf agrees with the books</source>
        <translation>实盘与账面一致</translation>
    </message>
    <message>
        <source>Signed</source>
        <translation>签名</translation>
    </message>
    <message>
        <source>Go on counting</source>
        <translation>继续盘点</translation>
    </message>
    <message>
        <source>Finish the count</source>
        <translation>结束盘点</translation>
    </message>
    <message numerus="yes">
        <source>%n line(s) differ</source>
        <translation>
            <numerusform>%n 处有差异</numerusform>
        </translation>
    </message>
    <message>
        <source>The count is finished; the books follow it</source>
        <translation>盘点已完成，账面已按实盘更新</translation>
    </message>
</context>
<context>
    <name>CountHeads</name>
    <message>
        <source>In the books</source>
        <translation>账面</translation>
    </message>
    <message>
        <source>Counted</source>
        <translation>实盘</translation>
    </message>
</context>
<context>
    <name>CountRow</name>
    <message>
        <source>Enter keeps it</source>
        <translation>回车记下</translation>
    </message>
    <message>
        <source>to be counted</source>
        <translation>未点</translation>
    </message>
    <message>
        <source>{difference}, {clock}</source>
        <translation>{difference} · {clock}</translation>
    </message>
    <message>
        <source>counted {clock}</source>
        <translation>已点 {clock}</translation>
    </message>
</context>
<context>
    <name>CountSheet</name>
    <message>
        <source>Scan: go to its line</source>
        <translation>扫码或输入，跳到那一行</translation>
    </message>
    <message>
        <source>End the count</source>
        <translation>点完了</translation>
    </message>
    <message>
        <source>The books are empty</source>
        <translation>账面没有物资</translation>
    </message>
    <message>
        <source>Scan what lies on the shelf to write it down.</source>
        <translation>扫码或输入物资，把架上有的记下来。</translation>
    </message>
    <message>
        <source>{counted} of {total} counted</source>
        <translation>已点 {counted} / {total} 行</translation>
    </message>
    <message>
        <source>No item is called “{words}” and none carries this code</source>
        <translation>没有叫“{words}”的物资，也没有这个条码</translation>
    </message>
</context>
<context>
    <name>CountStartForm</name>
    <message>
        <source>may follow at the end</source>
        <translation>可以最后再填</translation>
    </message>
    <message>
        <source>Hide the books while counting</source>
        <translation>盲盘：点数时不显示账面数</translation>
    </message>
    <message>
        <source>What is not found counts as none</source>
        <translation>全盘：没点到的按 0 记</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>人员</translation>
    </message>
    <message>
        <source>How</source>
        <translation>方式</translation>
    </message>
    <message>
        <source>Goods may be given out while you count: every line keeps the moment at which it was counted.</source>
        <translation>点数时可以照常发放：每一行都记下点数的时刻。</translation>
    </message>
    <message>
        <source>The count has begun</source>
        <translation>盘点已开始</translation>
    </message>
</context>
<context>
    <name>Counter</name>
    <message>
        <source>Taken back right after saving</source>
        <translation>登记后立即撤销</translation>
    </message>
    <message>
        <source>More:</source>
        <translation>更多：</translation>
    </message>
    <message>
        <source>Put aside</source>
        <translation>存草稿</translation>
    </message>
    <message>
        <source>Clear the form</source>
        <translation>清空</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Saved</source>
        <translation>已保存</translation>
    </message>
    <message>
        <source>Saved · given: {goods}</source>
        <translation>已保存，发放{goods}</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Taken back. What you typed stands in the form again</source>
        <translation>已撤销，填写的内容放回了表单</translation>
    </message>
    <message>
        <source>Taken back. What you typed is put aside until this form is saved or emptied</source>
        <translation>已撤销，填写的内容已存草稿；本表保存或清空后可以取回</translation>
    </message>
    <message>
        <source>Not saved yet, typed {when}</source>
        <translation>上次没有保存的内容，{when}填写</translation>
    </message>
    <message>
        <source>Draft is kept by itself</source>
        <translation>草稿自动保存</translation>
    </message>
    <message numerus="yes">
        <source>%n put aside</source>
        <translation>
            <numerusform>草稿 %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n written from paper</source>
        <translation>
            <numerusform>已补录 %n 条</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Counting</name>
    <message>
        <source>Count</source>
        <translation>盘点</translation>
    </message>
    <message>
        <source>Not this count after all</source>
        <translation>取消这次盘点</translation>
    </message>
    <message>
        <source>Begin the count</source>
        <translation>开始盘点</translation>
    </message>
    <message>
        <source>Begun by mistake</source>
        <translation>误开盘点</translation>
    </message>
</context>
<context>
    <name>Crashes</name>
    <message>
        <source>Something went wrong. What you typed is kept; try again, or open the page anew.</source>
        <translation>出了点问题。已经填写的内容都在，请再试一次，或者重新打开这一页。</translation>
    </message>
</context>
<context>
    <name>DateTimeField</name>
    <message>
        <source>1420 · yesterday 1420 · 21 1420 · now</source>
        <translation>1420 · 昨天 1420 · 21 1420 · 现在</translation>
    </message>
    <message>
        <source>This time is not understood; type it like 1420, yesterday 1420 or 21 1420</source>
        <translation>看不懂这个时间，可以写成 1420、昨天 1420 或 21 1420</translation>
    </message>
</context>
<context>
    <name>Day</name>
    <message>
        <source>Log an encounter</source>
        <translation>登记</translation>
    </message>
    <message>
        <source>Cannot wait</source>
        <translation>马上要办</translation>
    </message>
    <message>
        <source>Visits due</source>
        <translation>到期跟踪</translation>
    </message>
    <message>
        <source>Supplies</source>
        <translation>物资</translation>
    </message>
    <message>
        <source>{title} · {count}</source>
        <translation>{title} · {count}</translation>
    </message>
    <message numerus="yes">
        <source>%n more on their own page</source>
        <translation>
            <numerusform>还有 %n 项，在各自的页面</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing has to be done right now. Whoever comes next is logged with F2.</source>
        <translation>眼下没有要马上办的事。来人时按 F2 登记。</translation>
    </message>
    <message>
        <source>All is done for now</source>
        <translation>眼下的事都办完了</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>In danger</source>
        <translation>有危险</translation>
    </message>
    <message>
        <source>A minor</source>
        <translation>未成年</translation>
    </message>
    <message>
        <source>Nobody came</source>
        <translation>久未到场</translation>
    </message>
    <message>
        <source>Overdue</source>
        <translation>已超期</translation>
    </message>
    <message>
        <source>Not met yet</source>
        <translation>尚未见面</translation>
    </message>
    <message>
        <source>due {when}</source>
        <translation>应访 {when}</translation>
    </message>
    <message numerus="yes">
        <source>refused %n times</source>
        <translation>
            <numerusform>拒绝过 %n 次</numerusform>
        </translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Visit</source>
        <translation>去跟踪</translation>
    </message>
    <message>
        <source>on hand {amount}</source>
        <translation>在库 {amount}</translation>
    </message>
    <message>
        <source>at least {amount}</source>
        <translation>最低 {amount}</translation>
    </message>
    <message numerus="yes">
        <source>lasts %n days</source>
        <translation>
            <numerusform>够 %n 天</numerusform>
        </translation>
    </message>
    <message>
        <source>good until {day}</source>
        <translation>有效至 {day}</translation>
    </message>
    <message>
        <source>Below zero</source>
        <translation>账面为负</translation>
    </message>
    <message>
        <source>Expired</source>
        <translation>已过期</translation>
    </message>
    <message>
        <source>Low</source>
        <translation>不足</translation>
    </message>
    <message>
        <source>Expires soon</source>
        <translation>临期</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>去看</translation>
    </message>
    <message>
        <source>met today</source>
        <translation>今天接触人次</translation>
    </message>
    <message>
        <source>pieces given today</source>
        <translation>今天发放数量</translation>
    </message>
    <message>
        <source>open cases</source>
        <translation>在办个案</translation>
    </message>
    <message numerus="yes">
        <source>New cases in %n days</source>
        <translation>
            <numerusform>近 %n 天新个案</numerusform>
        </translation>
    </message>
    <message>
        <source>New cases by day: {numbers}</source>
        <translation>按天的新个案数：{numbers}</translation>
    </message>
    <message>
        <source>Announcements</source>
        <translation>通知</translation>
    </message>
</context>
<context>
    <name>DayField</name>
    <message>
        <source>As on the package: 20270630, 2027-6-30 or 2027-6</source>
        <translation>照包装填：20270630、2027-6-30 或 2027-6</translation>
    </message>
    <message>
        <source>This day is not understood; type it like 20270630 or 2027-6-30</source>
        <translation>看不懂这个日期，请照 20270630 或 2027-6-30 填写</translation>
    </message>
</context>
<context>
    <name>Desktop</name>
    <message>
        <source>The sample city is not locked: everything in it is invented</source>
        <translation>样板城市不用上锁：里面的人和事都是编的</translation>
    </message>
    <message>
        <source>Up to date: nothing to send, nothing new</source>
        <translation>已是最新：没有要上传的，也没有新内容</translation>
    </message>
    <message numerus="yes">
        <source>Synced: %n sent</source>
        <translation>
            <numerusform>已同步：上传 %n 条</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, %n received</source>
        <translation>
            <numerusform>，收到 %n 条</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DifferenceLine</name>
    <message>
        <source>not found</source>
        <translation>没有点到</translation>
    </message>
    <message>
        <source>counted {count}</source>
        <translation>实盘 {count}</translation>
    </message>
    <message>
        <source>books {book}, {counted}</source>
        <translation>账面 {book}，{counted}</translation>
    </message>
</context>
<context>
    <name>DisputeCard</name>
    <message>
        <source>Show in full</source>
        <translation>显示完整内容</translation>
    </message>
    <message>
        <source>Conflict: {title}</source>
        <translation>不一致：{title}</translation>
    </message>
    <message>
        <source>somebody</source>
        <translation>某人</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>原来</translation>
    </message>
    <message>
        <source>value {number}</source>
        <translation>第 {number} 个值</translation>
    </message>
    <message>
        <source>{who} is right</source>
        <translation>{who}正确</translation>
    </message>
    <message>
        <source>Both are wrong</source>
        <translation>都不对</translation>
    </message>
    <message>
        <source>Settled. The other value stays in the history</source>
        <translation>已处理，另一个值保留在历史中</translation>
    </message>
</context>
<context>
    <name>DropZone</name>
    <message>
        <source>Drop the enrolment file here</source>
        <translation>把启用文件拖到这里</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>选择文件…</translation>
    </message>
</context>
<context>
    <name>DroppedCard</name>
    <message>
        <source>A record</source>
        <translation>一条记录</translation>
    </message>
    <message>
        <source>The reason given: {why}</source>
        <translation>理由：{why}</translation>
    </message>
    <message>
        <source>You wrote it {when}</source>
        <translation>您写于 {when}</translation>
    </message>
    <message>
        <source>settled at the center {when}</source>
        <translation>中心决定于 {when}</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>I have read it</source>
        <translation>知道了</translation>
    </message>
    <message>
        <source>Not taken in: {title}</source>
        <translation>中心不收：{title}</translation>
    </message>
</context>
<context>
    <name>EntryForm</name>
    <message>
        <source>Name, or what they are called</source>
        <translation>姓名或称呼</translation>
    </message>
    <message>
        <source>What the person looks like</source>
        <translation>体貌特征，例如左眉有疤</translation>
    </message>
    <message>
        <source>years</source>
        <translation>岁</translation>
    </message>
    <message>
        <source>about</source>
        <translation>约</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>谁</translation>
    </message>
    <message>
        <source>Where exactly, such as east of the bridge</source>
        <translation>地点描述，例如桥东侧</translation>
    </message>
    <message>
        <source>When</source>
        <translation>何时</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>哪里</translation>
    </message>
    <message>
        <source>Seen</source>
        <translation>看到</translation>
    </message>
    <message>
        <source>Needed</source>
        <translation>需要</translation>
    </message>
    <message>
        <source>Given</source>
        <translation>发放</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Fill this in</source>
        <translation>请填写</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>请选择</translation>
    </message>
    <message>
        <source>min</source>
        <translation>分钟</translation>
    </message>
    <message>
        <source>Not planned</source>
        <translation>不用</translation>
    </message>
    <message>
        <source>From a paper note</source>
        <translation>补录</translation>
    </message>
</context>
<context>
    <name>EntryPage</name>
    <message>
        <source>Log an encounter</source>
        <translation>登记</translation>
    </message>
</context>
<context>
    <name>Farewell</name>
    <message>
        <source>Everything is saved on this computer. Leaving now loses nothing: it is sent the next time.</source>
        <translation>记录都已存在本机。现在退出也不会丢，下次打开会接着上传。</translation>
    </message>
    <message>
        <source>Quit anyway</source>
        <translation>直接退出</translation>
    </message>
    <message>
        <source>Go on working</source>
        <translation>回去继续</translation>
    </message>
    <message numerus="yes">
        <source>Sending the last %n record(s)…</source>
        <translation>
            <numerusform>正在上传最后 %n 条记录…</numerusform>
        </translation>
    </message>
    <message>
        <source>Calling the center…</source>
        <translation>正在联系中心…</translation>
    </message>
    <message numerus="yes">
        <source>%n sent</source>
        <translation>
            <numerusform>已上传 %n 条</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Field</name>
    <message>
        <source>required</source>
        <translation>必填</translation>
    </message>
</context>
<context>
    <name>FileStep</name>
    <message>
        <source>Enrolment file</source>
        <translation>启用文件</translation>
    </message>
    <message>
        <source>Read the enrolment file</source>
        <translation>读取启用文件</translation>
    </message>
    <message>
        <source>The center made it for this point and sent it by mail or on a stick.</source>
        <translation>中心为本点位制作的文件，用邮件或优盘送来。</translation>
    </message>
    <message>
        <source>Where the file is</source>
        <translation>文件位置</translation>
    </message>
    <message>
        <source>Checked</source>
        <translation>核对无误</translation>
    </message>
    <message>
        <source>Take another file…</source>
        <translation>换一个文件…</translation>
    </message>
    <message>
        <source>Choose the file first</source>
        <translation>请先选择启用文件</translation>
    </message>
    <message>
        <source>City</source>
        <translation>城市</translation>
    </message>
    <message>
        <source>Under</source>
        <translation>上级</translation>
    </message>
    <message>
        <source>Staff</source>
        <translation>工作人员</translation>
    </message>
    <message numerus="yes">
        <source>%n here</source>
        <translation>
            <numerusform>本点位 %n 人</numerusform>
        </translation>
    </message>
    <message>
        <source>Made</source>
        <translation>制作时间</translation>
    </message>
    <message>
        <source>Choose the enrolment file</source>
        <translation>选择启用文件</translation>
    </message>
</context>
<context>
    <name>FirstRun</name>
    <message>
        <source>Set up</source>
        <translation>启用这台电脑</translation>
    </message>
    <message>
        <source>Start working</source>
        <translation>开始工作</translation>
    </message>
    <message>
        <source>Open the sample city</source>
        <translation>打开样板城市</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Reading the file…</source>
        <translation>正在读取文件…</translation>
    </message>
    <message>
        <source>Setting up this computer; it takes a few seconds…</source>
        <translation>正在启用这台电脑，需要几秒钟…</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>请稍候…</translation>
    </message>
    <message>
        <source>Look round a sample city</source>
        <translation>看一看样板城市</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>上一步</translation>
    </message>
</context>
<context>
    <name>Form</name>
    <message>
        <source>Please fill this in</source>
        <translation>请填写</translation>
    </message>
    <message>
        <source>Please choose</source>
        <translation>请选择</translation>
    </message>
</context>
<context>
    <name>GoodsField</name>
    <message>
        <source>Scan or type an item</source>
        <translation>扫码或输入物资</translation>
    </message>
    <message>
        <source>“{words}” is no item; choose one or empty the field</source>
        <translation>没有叫“{words}”的物资，请选择一种，或清空这里</translation>
    </message>
    <message>
        <source>How many? Type a number, or strike the line</source>
        <translation>请填写数量，或删去这一行</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>on hand {count} {unit}</source>
        <translation>库存 {count} {unit}</translation>
    </message>
    <message>
        <source>No item is called “{words}” and none carries this code</source>
        <translation>没有叫“{words}”的物资，也没有这个条码</translation>
    </message>
</context>
<context>
    <name>GoodsForm</name>
    <message>
        <source>Nothing is listed yet: scan or type an item</source>
        <translation>还没有列出物资：请扫码或输入</translation>
    </message>
</context>
<context>
    <name>GoodsLine</name>
    <message>
        <source>Strike {item}</source>
        <translation>删去{item}</translation>
    </message>
    <message>
        <source>More than the limit of {limit}: why</source>
        <translation>超过单次限量 {limit}，请写明原因</translation>
    </message>
    <message>
        <source>Stock {before} → {after}</source>
        <translation>库存 {before} → {after}</translation>
    </message>
    <message>
        <source> · less than none: count soon</source>
        <translation>，账上不够，请尽快盘点</translation>
    </message>
    <message>
        <source>lot good until {day}</source>
        <translation>批次 {day} 到期</translation>
    </message>
    <message>
        <source>year-month-day</source>
        <translation>年-月-日</translation>
    </message>
    <message>
        <source>How many? Type a number, or strike the line</source>
        <translation>填写数量，或删去这一行</translation>
    </message>
    <message>
        <source>As on the package</source>
        <translation>照包装填写</translation>
    </message>
</context>
<context>
    <name>GoodsLines</name>
    <message>
        <source>Scan a package, or type an item's initials</source>
        <translation>扫码，或输入名称、拼音首字母</translation>
    </message>
    <message>
        <source>“{words}” is no item; choose one or empty the field</source>
        <translation>没有“{words}”这种物资，请选择一种或清空</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>No item is called “{words}” and none carries this code</source>
        <translation>没有叫“{words}”的物资，也没有这个条码</translation>
    </message>
</context>
<context>
    <name>HandOutForm</name>
    <message>
        <source>Scan, or type its initials</source>
        <translation>扫码，或输入拼音首字母</translation>
    </message>
    <message>
        <source>people</source>
        <translation>人</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>地点</translation>
    </message>
    <message>
        <source>empty: now</source>
        <translation>不填为现在</translation>
    </message>
    <message>
        <source>What</source>
        <translation>发什么</translation>
    </message>
    <message>
        <source>Shelf</source>
        <translation>库存</translation>
    </message>
    <message>
        <source>More</source>
        <translation>其他</translation>
    </message>
    <message numerus="yes">
        <source>for %n people</source>
        <translation>
            <numerusform>%n 人</numerusform>
        </translation>
    </message>
    <message>
        <source>Handed out: {item} {amount}, {heads}</source>
        <translation>已发放：{item} {amount}，{heads}</translation>
    </message>
    <message>
        <source>On hand {amount}</source>
        <translation>在库 {amount}</translation>
    </message>
    <message>
        <source>On hand {before} → {after}</source>
        <translation>在库 {before} → {after}</translation>
    </message>
    <message>
        <source>fewer than none by the books: count soon</source>
        <translation>账面将为负，请尽快盘点</translation>
    </message>
    <message>
        <source>more than {limit} each</source>
        <translation>超过每人 {limit}</translation>
    </message>
</context>
<context>
    <name>History</name>
    <message>
        <source>before: {value}</source>
        <translation>原来：{value}</translation>
    </message>
    <message>
        <source>reason: {reason}</source>
        <translation>原因：{reason}</translation>
    </message>
</context>
<context>
    <name>HistoryWords</name>
    <message>
        <source>{kind} taken back</source>
        <translation>{kind}已作废</translation>
    </message>
    <message>
        <source>; </source>
        <translation>；</translation>
    </message>
    <message>
        <source>somebody elsewhere</source>
        <translation>别处的人</translation>
    </message>
    <message>
        <source>{kind} logged</source>
        <translation>登记{kind}</translation>
    </message>
    <message>
        <source>{made}: {words}</source>
        <translation>{made}：{words}</translation>
    </message>
    <message>
        <source>{field}: added {value}</source>
        <translation>{field}增加{value}</translation>
    </message>
    <message>
        <source>{field}: removed {value}</source>
        <translation>{field}去掉{value}</translation>
    </message>
    <message>
        <source>{field}: {value}</source>
        <translation>{field}：{value}</translation>
    </message>
</context>
<context>
    <name>HomesCard</name>
    <message>
        <source>It goes to {point}</source>
        <translation>归{point}</translation>
    </message>
    <message>
        <source>Open the case</source>
        <translation>打开个案</translation>
    </message>
    <message>
        <source>To decide: {title}</source>
        <translation>待定：{title}</translation>
    </message>
    <message>
        <source>shown there meanwhile</source>
        <translation>暂按归这里</translation>
    </message>
    <message>
        <source>a point that is not known here</source>
        <translation>本机不认识的点位</translation>
    </message>
    <message>
        <source>{point} has it from now on</source>
        <translation>已定：归{point}</translation>
    </message>
</context>
<context>
    <name>ItemDetail</name>
    <message>
        <source>Lots</source>
        <translation>批次</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>停用</translation>
    </message>
    <message>
        <source>Write off</source>
        <translation>报损</translation>
    </message>
    <message>
        <source>Books</source>
        <translation>流水</translation>
    </message>
    <message>
        <source>Put right</source>
        <translation>更正</translation>
    </message>
    <message>
        <source>Nothing has moved yet</source>
        <translation>还没有出入库</translation>
    </message>
    <message>
        <source>Show older</source>
        <translation>更早的流水</translation>
    </message>
    <message>
        <source>on hand</source>
        <translation>在库</translation>
    </message>
    <message numerus="yes">
        <source>%n day(s)</source>
        <translation>
            <numerusform>%n 天</numerusform>
        </translation>
    </message>
    <message>
        <source>at the pace of two weeks</source>
        <translation>按近两周用量可用</translation>
    </message>
    <message>
        <source>at least {level}</source>
        <translation>下限 {level}</translation>
    </message>
    <message>
        <source>to be given out {amount}</source>
        <translation>可发 {amount}</translation>
    </message>
    <message>
        <source>{limit} each visit</source>
        <translation>每次限 {limit}</translation>
    </message>
    <message>
        <source>1 {pack} = {count} {unit}</source>
        <translation>1 {pack} = {count} {unit}</translation>
    </message>
    <message>
        <source>Hand out</source>
        <translation>发放</translation>
    </message>
    <message>
        <source>Receive</source>
        <translation>收货</translation>
    </message>
    <message>
        <source>Give back</source>
        <translation>退回</translation>
    </message>
    <message>
        <source>Give out again</source>
        <translation>恢复使用</translation>
    </message>
</context>
<context>
    <name>ItemField</name>
    <message>
        <source>“{words}” is no item; choose one of the list</source>
        <translation>没有“{words}”这种物资，请从列表选择</translation>
    </message>
    <message>
        <source>No item is called “{words}” and none carries this code</source>
        <translation>没有叫“{words}”的物资，也没有这个条码</translation>
    </message>
</context>
<context>
    <name>Known</name>
    <message>
        <source>Somebody else</source>
        <translation>换人</translation>
    </message>
    <message numerus="yes">
        <source>met %n times</source>
        <translation>
            <numerusform>来过 %n 次</numerusform>
        </translation>
    </message>
    <message>
        <source>last {when}</source>
        <translation>上次 {when}</translation>
    </message>
    <message>
        <source>goes on with the open case</source>
        <translation>接着在办的个案登记</translation>
    </message>
    <message>
        <source>opens a new case</source>
        <translation>新开一个个案</translation>
    </message>
</context>
<context>
    <name>Liking</name>
    <message>
        <source>Language</source>
        <translation>语言 Language</translation>
    </message>
    <message>
        <source>Size of words and buttons</source>
        <translation>文字和按钮大小</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Like the computer</source>
        <translation>跟随电脑</translation>
    </message>
    <message>
        <source>Shade</source>
        <translation>明暗</translation>
    </message>
</context>
<context>
    <name>Lines</name>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>I have read it</source>
        <translation>知道了</translation>
    </message>
    <message>
        <source>Written here</source>
        <translation>本机写下</translation>
    </message>
    <message>
        <source>From elsewhere</source>
        <translation>来自别处</translation>
    </message>
</context>
<context>
    <name>ListDetail</name>
    <message>
        <source>Back to the list</source>
        <translation>返回列表</translation>
    </message>
</context>
<context>
    <name>LockScreen</name>
    <message>
        <source>Name or staff number</source>
        <translation>登录名</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>请稍候…</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>Sign in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>Aidpoint</source>
        <translation>救助点</translation>
    </message>
    <message>
        <source>Sign in to continue; it works without a network</source>
        <translation>登录后开始工作，没有网络也可以</translation>
    </message>
    <message>
        <source>Someone else signs in</source>
        <translation>换人登录</translation>
    </message>
    <message>
        <source>Enter the password</source>
        <translation>请输入密码</translation>
    </message>
    <message>
        <source>Too many tries; try again in {left}</source>
        <translation>试的次数太多，请 {left}后再试</translation>
    </message>
</context>
<context>
    <name>LookCard</name>
    <message>
        <source>How it looks</source>
        <translation>显示与锁屏</translation>
    </message>
</context>
<context>
    <name>LookForm</name>
    <message>
        <source>Larger buttons, for a touch screen</source>
        <translation>按钮加大，适合触摸屏</translation>
    </message>
    <message>
        <source>Nothing moves</source>
        <translation>不要动画</translation>
    </message>
    <message>
        <source>Lock when nobody is here</source>
        <translation>没人操作时锁屏</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>不锁屏</translation>
    </message>
    <message>
        <source>After {time}</source>
        <translation>{time}后</translation>
    </message>
</context>
<context>
    <name>LookStep</name>
    <message>
        <source>Language and size</source>
        <translation>语言和大小</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>欢迎使用救助点</translation>
    </message>
    <message>
        <source>Choose how it should look. You can change it later in the settings.</source>
        <translation>请选择看着舒服的样子，以后可在“设置”里改。</translation>
    </message>
</context>
<context>
    <name>LotLine</name>
    <message>
        <source>{lot}, on hand {amount}</source>
        <translation>{lot}，在库 {amount}</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>All of {lot}</source>
        <translation>全部：{lot}</translation>
    </message>
    <message>
        <source>Strike {item}</source>
        <translation>删去 {item}</translation>
    </message>
</context>
<context>
    <name>LotLines</name>
    <message>
        <source>Scan a package, or type an item's initials</source>
        <translation>扫码，或输入名称、拼音首字母</translation>
    </message>
    <message>
        <source>{item}: none on the shelf</source>
        <translation>{item}：架上没有</translation>
    </message>
</context>
<context>
    <name>LotList</name>
    <message>
        <source>Lots of {item}</source>
        <translation>{item} 的批次</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
</context>
<context>
    <name>More</name>
    <message>
        <source>Groups and reasons</source>
        <translation>人群与事由</translation>
    </message>
    <message>
        <source>Papers</source>
        <translation>证件</translation>
    </message>
    <message>
        <source>Kin</source>
        <translation>亲属</translation>
    </message>
    <message>
        <source>Belongings</source>
        <translation>随身物品</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>What was told</source>
        <translation>告知记录</translation>
    </message>
    <message>
        <source>Remarks</source>
        <translation>说明</translation>
    </message>
</context>
<context>
    <name>NewPasswordField</name>
    <message>
        <source>At least {least} characters</source>
        <translation>至少 {least} 位</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>NumberField</name>
    <message>
        <source>From {least} to {most}</source>
        <translation>请填 {least} 到 {most} 之间的数</translation>
    </message>
</context>
<context>
    <name>OpeningForm</name>
    <message>
        <source>Written down: {goods}</source>
        <translation>期初已记：{goods}</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>人员</translation>
    </message>
</context>
<context>
    <name>OverruledCard</name>
    <message>
        <source>somebody</source>
        <translation>某人</translation>
    </message>
    <message>
        <source>You wrote</source>
        <translation>您写的</translation>
    </message>
    <message>
        <source>Taken</source>
        <translation>采用的</translation>
    </message>
    <message>
        <source>Open the case</source>
        <translation>打开个案</translation>
    </message>
    <message>
        <source>I have read it</source>
        <translation>知道了</translation>
    </message>
    <message>
        <source>Not taken: {title}</source>
        <translation>没有被采用：{title}</translation>
    </message>
</context>
<context>
    <name>PasswordCard</name>
    <message>
        <source>My password</source>
        <translation>我的密码</translation>
    </message>
    <message>
        <source>Change the password…</source>
        <translation>更改密码…</translation>
    </message>
    <message>
        <source>Change the password</source>
        <translation>更改密码</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>The password is changed. Use the new one from now on.</source>
        <translation>密码已更改，从现在起用新密码。</translation>
    </message>
</context>
<context>
    <name>PasswordForm</name>
    <message>
        <source>Password until now</source>
        <translation>现在的密码</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>新密码</translation>
    </message>
</context>
<context>
    <name>Perhaps</name>
    <message numerus="yes">
        <source>%n times</source>
        <translation>
            <numerusform>%n 次</numerusform>
        </translation>
    </message>
    <message>
        <source>It is this person</source>
        <translation>是他/她</translation>
    </message>
    <message>
        <source>Perhaps the same person (↓):</source>
        <translation>可能是同一人（按 ↓）：</translation>
    </message>
    <message>
        <source>A name, pinyin or last digits find who was here before</source>
        <translation>输入姓名、拼音首字母、证件或电话后四位，可找到来过的人</translation>
    </message>
</context>
<context>
    <name>Persons</name>
    <message>
        <source>{age} years old</source>
        <translation>{age}岁</translation>
    </message>
    <message>
        <source>Identity kept at its point</source>
        <translation>身份在登记点位</translation>
    </message>
</context>
<context>
    <name>PhotoStrip</name>
    <message>
        <source>Photo {n}</source>
        <translation>第 {n} 张照片</translation>
    </message>
</context>
<context>
    <name>PhotoViewer</name>
    <message>
        <source>Photo before</source>
        <translation>上一张</translation>
    </message>
    <message>
        <source>Next photo</source>
        <translation>下一张</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>撤回</translation>
    </message>
    <message>
        <source>Take this photo back</source>
        <translation>撤回这张照片</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Photo {n} of {all}</source>
        <translation>第 {n} 张，共 {all} 张</translation>
    </message>
    <message>
        <source>The photo has not arrived yet</source>
        <translation>照片还没到</translation>
    </message>
    <message>
        <source>The photo is being fetched</source>
        <translation>正在取照片</translation>
    </message>
    <message>
        <source>The photo was erased</source>
        <translation>照片已依法删除</translation>
    </message>
</context>
<context>
    <name>PhotosField</name>
    <message>
        <source>Choose photos</source>
        <translation>选择照片</translation>
    </message>
    <message>
        <source>A photo is still being made ready; a moment, please</source>
        <translation>照片还在处理，请稍等再保存</translation>
    </message>
    <message>
        <source>Photos ({names})</source>
        <translation>照片 ({names})</translation>
    </message>
    <message>
        <source>Making ready…</source>
        <translation>正在处理…</translation>
    </message>
    <message>
        <source>or paste them here with Ctrl+V, or drop them; place and device are not kept</source>
        <translation>也可以在这里按 Ctrl+V 粘贴，或拖进来；不保留拍摄地点和设备信息</translation>
    </message>
</context>
<context>
    <name>QPlatformTheme</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>QuantityField</name>
    <message>
        <source>At most {most}</source>
        <translation>最多 {most}</translation>
    </message>
</context>
<context>
    <name>QuestionCard</name>
    <message>
        <source>on another computer</source>
        <translation>在另一台电脑上登记</translation>
    </message>
    <message>
        <source>with a time typed in</source>
        <translation>时间是补填的</translation>
    </message>
    <message>
        <source>Moved {moved}, {why}; counted {counted}: {count}</source>
        <translation>{moved}出入库（{why}）；{counted}点数：{count}</translation>
    </message>
</context>
<context>
    <name>Questions</name>
    <message>
        <source>Before the count or after it</source>
        <translation>盘点前还是盘点后</translation>
    </message>
    <message>
        <source>Was this already done when the shelf was counted? The books follow your answer.</source>
        <translation>点数的时候，这一笔已经发生了吗？账面按您的判断更新。</translation>
    </message>
    <message>
        <source>Nothing left to answer</source>
        <translation>没有要判断的了</translation>
    </message>
</context>
<context>
    <name>Rail</name>
    <message>
        <source>Lock</source>
        <translation>锁定</translation>
    </message>
</context>
<context>
    <name>RailItem</name>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n 条待处理</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReadyStep</name>
    <message>
        <source>Ready</source>
        <translation>准备好了</translation>
    </message>
    <message>
        <source>This computer belongs to the point now.</source>
        <translation>这台电脑现在可以用于本点位了。</translation>
    </message>
    <message>
        <source>Will be reached as soon as there is a network</source>
        <translation>有网络时自动连接</translation>
    </message>
    <message>
        <source>Enter the code later in the settings; until then everything stays on this computer</source>
        <translation>以后在“设置”里填启用码；在此之前记录都存在这台电脑上</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>Staff number</source>
        <translation>登录名</translation>
    </message>
    <message>
        <source>Center</source>
        <translation>中心</translation>
    </message>
</context>
<context>
    <name>ReceiveForm</name>
    <message>
        <source>Received: {goods}</source>
        <translation>已入库：{goods}</translation>
    </message>
    <message>
        <source>From</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>empty: now</source>
        <translation>不填为现在</translation>
    </message>
    <message>
        <source>Bill</source>
        <translation>单据</translation>
    </message>
</context>
<context>
    <name>RecordFields</name>
    <message>
        <source>years</source>
        <translation>岁</translation>
    </message>
    <message>
        <source>min</source>
        <translation>分钟</translation>
    </message>
</context>
<context>
    <name>Renewal</name>
    <message>
        <source>Read it from the stick</source>
        <translation>从优盘读入</translation>
    </message>
    <message>
        <source>Read a new enrolment file…</source>
        <translation>读入新的启用文件…</translation>
    </message>
    <message>
        <source>On the stick there is a new enrolment file for this point: {name}</source>
        <translation>优盘里有本点位的新启用文件：{name}</translation>
    </message>
    <message>
        <source>The enrolment file was read. Enter the code that came with it.</source>
        <translation>启用文件已读入。请填写随它一起给的启用码。</translation>
    </message>
    <message>
        <source>The enrolment file was read. Calling the center…</source>
        <translation>启用文件已读入，正在联系中心。</translation>
    </message>
    <message>
        <source>Nothing in this file is new to this computer. Ask the center for one made today.</source>
        <translation>这份启用文件里没有本机不知道的内容，没有改动。请向中心要一份刚生成的。</translation>
    </message>
    <message>
        <source>Choose the enrolment file</source>
        <translation>选择启用文件</translation>
    </message>
</context>
<context>
    <name>ReturnForm</name>
    <message>
        <source>Back on the shelf: {goods}</source>
        <translation>已退回入库：{goods}</translation>
    </message>
    <message>
        <source>empty: now</source>
        <translation>不填为现在</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
</context>
<context>
    <name>ReviewCard</name>
    <message>
        <source>Open the case</source>
        <translation>打开个案</translation>
    </message>
    <message>
        <source>Let it stand</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Looked at, it is right</source>
        <translation>看过了，没问题</translation>
    </message>
    <message>
        <source>Take back all of it</source>
        <translation>全部撤回</translation>
    </message>
    <message>
        <source>To look at: {title}</source>
        <translation>请看一看：{title}</translation>
    </message>
    <message>
        <source>Settled. It stays in the history</source>
        <translation>已处理，历史里都有记录</translation>
    </message>
</context>
<context>
    <name>RoundsList</name>
    <message>
        <source>The last rounds</source>
        <translation>最近几次同步</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>{sent} sent, {received} received</source>
        <translation>发 {sent} 条，收 {received} 条</translation>
    </message>
</context>
<context>
    <name>Runs</name>
    <message>
        <source>The stick is being worked with; the round begins right after it</source>
        <translation>正在读写优盘，完成后马上同步</translation>
    </message>
</context>
<context>
    <name>SampleStep</name>
    <message>
        <source>Look round a sample city</source>
        <translation>看一看样板城市</translation>
    </message>
    <message>
        <source>A city with its center and a point that has been at work for three months.</source>
        <translation>一座有中心的城市，和一个工作了三个月的救助点。</translation>
    </message>
    <message>
        <source>Everybody and everything in it is invented; try whatever you like.</source>
        <translation>里面的人和事都是编的，可以随便试。</translation>
    </message>
    <message>
        <source>It stays on this computer. Nothing is sent anywhere.</source>
        <translation>全部在这台电脑上，什么都不会发出去。</translation>
    </message>
    <message>
        <source>It takes about half a minute the first time, a few seconds later on.</source>
        <translation>第一次打开约需半分钟，以后只要几秒钟。</translation>
    </message>
    <message>
        <source>Close the window to leave it; setting up this computer begins as before.</source>
        <translation>关上窗口就离开样板城市，下次仍从启用这台电脑开始。</translation>
    </message>
    <message>
        <source>Building the city…</source>
        <translation>正在建造城市…</translation>
    </message>
    <message>
        <source>Three months at the point go by…</source>
        <translation>正在让救助点工作三个月…</translation>
    </message>
    <message>
        <source>Opening the point…</source>
        <translation>正在打开救助点…</translation>
    </message>
</context>
<context>
    <name>SearchBox</name>
    <message>
        <source>Find people, cases, supplies…</source>
        <translation>找人、个案、物资…</translation>
    </message>
    <message>
        <source>Find…</source>
        <translation>查找…</translation>
    </message>
    <message>
        <source>Find anything</source>
        <translation>查找</translation>
    </message>
</context>
<context>
    <name>SetAside</name>
    <message>
        <source>{lot}: may be given out again</source>
        <translation>恢复使用：{lot}</translation>
    </message>
    <message>
        <source>{lot}: not to be given out</source>
        <translation>停用，不再发放：{lot}</translation>
    </message>
    <message>
        <source>Give out again</source>
        <translation>恢复使用</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>停用</translation>
    </message>
    <message>
        <source>Leave as it is</source>
        <translation>不改了</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
</context>
<context>
    <name>Sheet</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>What this form was about is not at this point any more. What was typed in it was not saved.</source>
        <translation>这张表要改的内容已经不在本点，表里填写的没有保存。</translation>
    </message>
    <message>
        <source>Taken back right after saving</source>
        <translation>保存后随即撤销</translation>
    </message>
    <message>
        <source>Clear the sheet</source>
        <translation>清空</translation>
    </message>
    <message>
        <source>Not saved yet, typed {when}</source>
        <translation>尚未保存，{when}填写</translation>
    </message>
    <message>
        <source>What you type is kept by itself</source>
        <translation>草稿自动保存</translation>
    </message>
</context>
<context>
    <name>SheetHead</name>
    <message>
        <source>Back to the shelf</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>Shelf</name>
    <message>
        <source>Supplies</source>
        <translation>物资</translation>
    </message>
    <message>
        <source>Nothing here</source>
        <translation>这里没有物资</translation>
    </message>
    <message>
        <source>What comes in is received with F6. Other filters show more.</source>
        <translation>来了物资按 F6 收货。换个筛选可以看到更多。</translation>
    </message>
    <message>
        <source>Choose an item</source>
        <translation>选择一种物资</translation>
    </message>
    <message>
        <source>Its lots and books open here.</source>
        <translation>批次和流水在这里显示。</translation>
    </message>
    <message>
        <source>Hand out</source>
        <translation>发放</translation>
    </message>
    <message>
        <source>Receive</source>
        <translation>收货</translation>
    </message>
    <message>
        <source>Count</source>
        <translation>盘点</translation>
    </message>
    <message>
        <source>Give back</source>
        <translation>退回</translation>
    </message>
    <message>
        <source>Write off</source>
        <translation>报损</translation>
    </message>
    <message>
        <source>Opening stock</source>
        <translation>期初库存</translation>
    </message>
    <message>
        <source>Find an item: name, initials, code</source>
        <translation>找物资：名称、拼音首字母、编码</translation>
    </message>
    <message>
        <source>Find an item</source>
        <translation>找物资</translation>
    </message>
    <message>
        <source>On the shelf</source>
        <translation>在库</translation>
    </message>
    <message>
        <source>Whole catalogue</source>
        <translation>全部目录</translation>
    </message>
    <message>
        <source>Low</source>
        <translation>不足</translation>
    </message>
    <message>
        <source>Ending</source>
        <translation>临期或过期</translation>
    </message>
    <message>
        <source>Below zero</source>
        <translation>账面为负</translation>
    </message>
</context>
<context>
    <name>ShelfData</name>
    <message>
        <source>on hand {amount}</source>
        <translation>在库 {amount}</translation>
    </message>
</context>
<context>
    <name>Statement</name>
    <message>
        <source>Books of {item}</source>
        <translation>{item} 的流水</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>not synced</source>
        <translation>未同步</translation>
    </message>
    <message>
        <source>counted {amount}</source>
        <translation>实盘 {amount}</translation>
    </message>
    <message>
        <source>taken back</source>
        <translation>已冲回</translation>
    </message>
    <message>
        <source>agrees</source>
        <translation>一致</translation>
    </message>
    <message>
        <source>left {amount}</source>
        <translation>余 {amount}</translation>
    </message>
</context>
<context>
    <name>StickCard</name>
    <message>
        <source>Without a network: by stick</source>
        <translation>没有网络时，用优盘同步</translation>
    </message>
    <message>
        <source>Working with the stick…</source>
        <translation>正在读写优盘…</translation>
    </message>
    <message>
        <source>Read the answer</source>
        <translation>读入回执</translation>
    </message>
    <message>
        <source>Pack onto the stick</source>
        <translation>装入优盘</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Put in a stick: what waits here goes onto it, and the center's answer comes back with it.</source>
        <translation>插上优盘：待送出的记录装进去，带到中心读入，再把中心的回执带回来。</translation>
    </message>
    <message>
        <source>{stick}: ready</source>
        <translation>优盘“{stick}”已插好</translation>
    </message>
    <message numerus="yes">
        <source>Pack %n record(s) onto the stick</source>
        <translation>
            <numerusform>把 %n 条记录装入优盘</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Packed {when}: %n record(s). The center has not received them yet: take the stick there, and read its answer here.</source>
        <translation>
            <numerusform>{when} 装入优盘的 %n 条，中心还没有收到。请带到中心读入，再把回执带回来读入。</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing waits here: with this file the center gives what is new. The stick may be taken out.</source>
        <translation>没有待送出的记录；中心读入后，会把新内容装进来。优盘可以拔出了。</translation>
    </message>
    <message numerus="yes">
        <source>%n other file(s) here could not be read: {why}</source>
        <translation>
            <numerusform>这里另有 %n 个文件没能读出：{why}</numerusform>
        </translation>
    </message>
    <message>
        <source>This answer was read before, or is to an earlier file: it holds nothing new.</source>
        <translation>这份回执以前读过，或是对早先文件的，没有新内容。</translation>
    </message>
    <message>
        <source>{stick}: the center's answer for this computer is here. Please read it.</source>
        <translation>优盘“{stick}”里有中心给本机的回执，请读入。</translation>
    </message>
    <message>
        <source>Pack again</source>
        <translation>再装一次</translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) are on the stick, which may be taken out.</source>
        <translation>
            <numerusform>%n 条已写进优盘，可以拔出了。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The center has received %n record(s) of this computer.</source>
        <translation>
            <numerusform>中心已收到本机的 %n 条。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) of others came.</source>
        <translation>
            <numerusform>收到其他地方的 %n 条。</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing new: this computer and the center agree.</source>
        <translation>没有新内容，本机和中心一致。</translation>
    </message>
    <message numerus="yes">
        <source>The center keeps %n of them apart for now.</source>
        <translation>
            <numerusform>其中 %n 条中心暂存待处理。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>About %n more did not fit: pack again to fetch them.</source>
        <translation>
            <numerusform>还有约 %n 条没装下，请再装一次去取。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) here have not been received by the center yet.</source>
        <translation>
            <numerusform>本机还有 %n 条中心没有收到。</numerusform>
        </translation>
    </message>
    <message>
        <source>Choose the folder that is carried</source>
        <translation>选择要带走的文件夹</translation>
    </message>
</context>
<context>
    <name>StickOffer</name>
    <message numerus="yes">
        <source>On the stick {name} there are %n enrolment file(s)</source>
        <translation>
            <numerusform>优盘“{name}”里有 %n 份启用文件</numerusform>
        </translation>
    </message>
    <message>
        <source>Read {name}</source>
        <translation>读入 {name}</translation>
    </message>
</context>
<context>
    <name>StockPage</name>
    <message>
        <source>Supplies</source>
        <translation>物资</translation>
    </message>
</context>
<context>
    <name>StockRoom</name>
    <message>
        <source>Hand out to passers-by</source>
        <translation>便民发放</translation>
    </message>
    <message>
        <source>Hand out</source>
        <translation>发放</translation>
    </message>
    <message>
        <source>Receive goods</source>
        <translation>收货入库</translation>
    </message>
    <message>
        <source>Receive</source>
        <translation>收货</translation>
    </message>
    <message>
        <source>Goods that come back</source>
        <translation>退回入库</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>退回入库</translation>
    </message>
    <message>
        <source>Write off goods</source>
        <translation>报损出库</translation>
    </message>
    <message>
        <source>Write off</source>
        <translation>报损</translation>
    </message>
    <message>
        <source>Opening stock</source>
        <translation>期初库存</translation>
    </message>
    <message>
        <source>Write down</source>
        <translation>记为期初</translation>
    </message>
    <message>
        <source>Taken back right after saving</source>
        <translation>保存后随即撤销</translation>
    </message>
    <message>
        <source>Taken back. What you typed is put aside: go on with it from the shelf</source>
        <translation>已撤销，填写的内容已存草稿；回到货架点“继续填写”</translation>
    </message>
    <message>
        <source>Taken back. What you typed stands on the sheet again</source>
        <translation>已撤销，填写的内容还在表上</translation>
    </message>
    <message>
        <source>Give back</source>
        <translation>退回</translation>
    </message>
    <message numerus="yes">
        <source>%n to answer: before the count or after</source>
        <translation>
            <numerusform>%n 笔待判断：盘点前还是后</numerusform>
        </translation>
    </message>
    <message>
        <source>Go on: {sheet}, {when}</source>
        <translation>继续填写：{sheet} · {when}</translation>
    </message>
</context>
<context>
    <name>StockWords</name>
    <message>
        <source>good until {day}</source>
        <translation>有效至 {day}</translation>
    </message>
    <message>
        <source>batch {batch}</source>
        <translation>批次 {batch}</translation>
    </message>
    <message>
        <source>no end date</source>
        <translation>不分批次</translation>
    </message>
    <message>
        <source>has expired</source>
        <translation>已过期</translation>
    </message>
    <message>
        <source>none given lately</source>
        <translation>近期未发放</translation>
    </message>
    <message>
        <source>none on the shelf</source>
        <translation>无库存</translation>
    </message>
    <message numerus="yes">
        <source>lasts %n day(s)</source>
        <translation>
            <numerusform>够用 %n 天</numerusform>
        </translation>
    </message>
    <message>
        <source>below zero, count it</source>
        <translation>账面为负，请盘点</translation>
    </message>
    <message>
        <source>low</source>
        <translation>不足</translation>
    </message>
    <message>
        <source>none to give out</source>
        <translation>无可发</translation>
    </message>
    <message>
        <source>expires soon</source>
        <translation>临期</translation>
    </message>
    <message>
        <source>set aside</source>
        <translation>已停用</translation>
    </message>
    <message>
        <source>at least {level}</source>
        <translation>下限 {level}</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
</context>
<context>
    <name>SyncPanel</name>
    <message>
        <source>Needs a decision</source>
        <translation>需要您判断</translation>
    </message>
    <message>
        <source>Two people wrote different values without knowing of each other. Nothing was lost: choose.</source>
        <translation>两人各自写了不同的内容，都已保留，请选定哪一个。</translation>
    </message>
    <message>
        <source>What you wrote was not taken</source>
        <translation>您写的没有被采用</translation>
    </message>
    <message>
        <source>Somebody settled a conflict with another value. Yours stays in the history of the record.</source>
        <translation>两边写得不一样，有人选了另一个。您写的仍保留在这条记录的历史里。</translation>
    </message>
    <message>
        <source>The center will not take this in</source>
        <translation>中心不收</translation>
    </message>
    <message>
        <source>Its administrator settled so. It stays on this computer, and nobody else sees it.</source>
        <translation>中心的管理员作了决定。记录还在本机，别处看不到。</translation>
    </message>
    <message>
        <source>Please look at it</source>
        <translation>请看一看</translation>
    </message>
    <message>
        <source>This was entered, and perhaps its author did not know all of it.</source>
        <translation>这些已经记上了，但写的人当时可能没看到全部情况。</translation>
    </message>
    <message>
        <source>To take note of</source>
        <translation>需要留意</translation>
    </message>
    <message>
        <source>The last ten rounds</source>
        <translation>最近十次</translation>
    </message>
    <message>
        <source>Not synced yet on this computer</source>
        <translation>这台电脑还没有同步过</translation>
    </message>
    <message>
        <source>Sync now</source>
        <translation>立即同步</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>How far the round is</source>
        <translation>同步进度</translation>
    </message>
    <message>
        <source>Saved here</source>
        <translation>存在本机</translation>
    </message>
    <message numerus="yes">
        <source>%n record(s), all kept</source>
        <translation>
            <numerusform>%n 条待上传，都在</numerusform>
        </translation>
    </message>
    <message>
        <source>The oldest</source>
        <translation>最早一条</translation>
    </message>
    <message>
        <source>not yet</source>
        <translation>还没有</translation>
    </message>
    <message>
        <source>Last contact</source>
        <translation>上次联系</translation>
    </message>
    <message>
        <source>At the center</source>
        <translation>中心</translation>
    </message>
    <message numerus="yes">
        <source>about %n record(s) to fetch</source>
        <translation>
            <numerusform>约 %n 条待接收</numerusform>
        </translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>Word of the center</source>
        <translation>中心通知</translation>
    </message>
    <message>
        <source>Syncing…</source>
        <translation>正在同步…</translation>
    </message>
</context>
<context>
    <name>SyncPill</name>
    <message numerus="yes">
        <source>%n to look at</source>
        <translation>
            <numerusform>%n 条要处理</numerusform>
        </translation>
    </message>
    <message>
        <source>Sync</source>
        <translation>同步</translation>
    </message>
    <message>
        <source>Syncing…</source>
        <translation>正在同步…</translation>
    </message>
    <message numerus="yes">
        <source>%n record(s)</source>
        <translation>
            <numerusform>%n 条</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>not uploaded for %n day(s)</source>
        <translation>
            <numerusform>已 %n 天没有上传</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n to upload</source>
        <translation>
            <numerusform>%n 条待上传</numerusform>
        </translation>
    </message>
    <message>
        <source>Never synced</source>
        <translation>还没有同步过</translation>
    </message>
    <message numerus="yes">
        <source>No contact for %n day(s)</source>
        <translation>
            <numerusform>已 %n 天没有联系上中心</numerusform>
        </translation>
    </message>
    <message>
        <source>{cause} · contact {age}</source>
        <translation>{cause} · {age}联系过</translation>
    </message>
    <message numerus="yes">
        <source>About %n to fetch</source>
        <translation>
            <numerusform>约 %n 条待接收</numerusform>
        </translation>
    </message>
    <message>
        <source>Up to date · {age}</source>
        <translation>已是最新 · {age}</translation>
    </message>
</context>
<context>
    <name>SyncWords</name>
    <message>
        <source>The center has shut this computer out</source>
        <translation>中心已停用这台电脑</translation>
    </message>
    <message>
        <source>Not yet known to the center</source>
        <translation>中心还没有接纳这台电脑</translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) wait to be uploaded</source>
        <translation>
            <numerusform>%n 条记录待上传</numerusform>
        </translation>
    </message>
    <message>
        <source>Never synced</source>
        <translation>还没有同步过</translation>
    </message>
    <message numerus="yes">
        <source>About %n record(s) still to fetch</source>
        <translation>
            <numerusform>还有约 %n 条待接收</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing waits here; the last round was not finished</source>
        <translation>这里没有待传的，但上一次同步没有完成</translation>
    </message>
    <message>
        <source>Everything is up to date</source>
        <translation>已是最新</translation>
    </message>
    <message numerus="yes">
        <source>%n wait; records go first and never wait for them</source>
        <translation>
            <numerusform>%n 张等待上传；记录先走，不等照片</numerusform>
        </translation>
    </message>
    <message>
        <source>Calling the center…</source>
        <translation>正在联系中心…</translation>
    </message>
    <message>
        <source>Fetching everything anew: {done} of {total} MB</source>
        <translation>正在重新取完整的数据：{done} / {total} MB</translation>
    </message>
    <message>
        <source>The center was put back: telling it what is here</source>
        <translation>中心从备份恢复过：正在告诉它这里有什么</translation>
    </message>
    <message>
        <source>Saving what came: {done} of {total}</source>
        <translation>正在保存收到的内容：{done} / {total}</translation>
    </message>
    <message>
        <source>Exchanging: {sent} sent, {received} received</source>
        <translation>正在收发：已发 {sent} 条，已收 {received} 条</translation>
    </message>
    <message numerus="yes">
        <source>%n to upload</source>
        <translation>
            <numerusform>还有 %n 条待上传</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %n to fetch</source>
        <translation>
            <numerusform>约 %n 条待接收</numerusform>
        </translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>by stick</source>
        <translation>优盘</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>{when}: {sent} sent, {received} received; {traffic}.</source>
        <translation>{when}：发 {sent} 条，收 {received} 条；{traffic}。</translation>
    </message>
    <message>
        <source>up {out} KB, down {come} KB</source>
        <translation>上传 {out} KB，下载 {come} KB</translation>
    </message>
    <message>
        <source>It needs a newer program; it is taken up by itself after the next update.</source>
        <translation>需要新版本软件，更新后自动处理。</translation>
    </message>
    <message>
        <source>It arrived damaged; the administrator of the center can see it.</source>
        <translation>内容有损坏，中心管理员可以查看。</translation>
    </message>
    <message>
        <source>It could not be entered; the administrator of the center can see it.</source>
        <translation>暂时无法登入，中心管理员可以查看。</translation>
    </message>
    <message>
        <source>It waits for another record that has not arrived yet; nothing is to be done.</source>
        <translation>在等另一条还没到的记录，不用处理。</translation>
    </message>
    <message>
        <source>It stands on a record that the center will not take in; ask the administrator of the center.</source>
        <translation>它所依据的记录中心决定不收，所以它也收不进去；请找中心管理员。</translation>
    </message>
    <message>
        <source>The center does not take this from your post; ask the head of the point.</source>
        <translation>按岗位权限中心没有接收，请找点负责人。</translation>
    </message>
    <message>
        <source>The center does not know yet who wrote it; once it does, it is taken up by itself.</source>
        <translation>中心还没有登记写这条的人；登记好后会自动收录。</translation>
    </message>
    <message>
        <source>It was written after this computer was shut out; ask the center.</source>
        <translation>这台电脑停用后写下的，请联系中心。</translation>
    </message>
    <message>
        <source>The center keeps it apart; ask the administrator of the center.</source>
        <translation>中心另行保管，请联系中心管理员。</translation>
    </message>
</context>
<context>
    <name>SyncingPage</name>
    <message>
        <source>Sync</source>
        <translation>同步</translation>
    </message>
</context>
<context>
    <name>TakeBack</name>
    <message>
        <source>{kind} {change}, {when}</source>
        <translation>{kind} {change}，{when}</translation>
    </message>
    <message>
        <source>What it really was; empty if it never happened</source>
        <translation>实际数量；没有这回事就不填</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>冲回</translation>
    </message>
    <message>
        <source>Leave as it is</source>
        <translation>不改了</translation>
    </message>
    <message>
        <source>Put right</source>
        <translation>更正</translation>
    </message>
    <message>
        <source>Put right. Both lines stay in the books</source>
        <translation>已更正，两笔都保留在流水中</translation>
    </message>
</context>
<context>
    <name>TodayPage</name>
    <message>
        <source>This day</source>
        <translation>今日</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Sync</source>
        <translation>同步</translation>
    </message>
</context>
<context>
    <name>TraceLine</name>
    <message>
        <source>At the center, with everybody concerned</source>
        <translation>已合并到中心，有关点位都能看到</translation>
    </message>
    <message>
        <source>Received by the center, not yet merged</source>
        <translation>中心已收到，等待合并</translation>
    </message>
    <message numerus="yes">
        <source>The center will not take in %n change(s); they are here alone</source>
        <translation>
            <numerusform>中心决定不收其中 %n 处改动，只在本机</numerusform>
        </translation>
    </message>
    <message>
        <source>Held back by the center; the page of sync says why</source>
        <translation>被中心搁置，原因见同步页</translation>
    </message>
    <message>
        <source>In a file on its way to the center, no receipt yet</source>
        <translation>已装进文件带往中心，还没有回执</translation>
    </message>
    <message numerus="yes">
        <source>Waits to be uploaded, %n change(s)</source>
        <translation>
            <numerusform>待上传，%n 处改动</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>UserRow</name>
    <message>
        <source>You</source>
        <translation>本人</translation>
    </message>
    <message>
        <source>Really remove</source>
        <translation>确定移除</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
</context>
<context>
    <name>UsersCard</name>
    <message>
        <source>Who may sign in here</source>
        <translation>谁可以登录</translation>
    </message>
    <message>
        <source>Staff of this point and of those above it, with a password of their own on this computer.</source>
        <translation>本点位和上级的工作人员，每人在这台电脑上有自己的密码。</translation>
    </message>
    <message>
        <source>Add a colleague…</source>
        <translation>添加同事…</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>{name} can sign in here now</source>
        <translation>{name}现在可以在这台电脑上登录</translation>
    </message>
    <message>
        <source>Removed: this password opens nothing here any more</source>
        <translation>已移除，原来的密码不能再登录</translation>
    </message>
</context>
<context>
    <name>ValueWords</name>
    <message>
        <source>empty</source>
        <translation>空</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between the values of one field</comment>
        <translation>、</translation>
    </message>
    <message>
        <source>a record</source>
        <translation>一条记录</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
</context>
<context>
    <name>WayOut</name>
    <message>
        <source>Enter the code</source>
        <translation>填写启用码</translation>
    </message>
    <message>
        <source>Read a new enrolment file…</source>
        <translation>读入新的启用文件…</translation>
    </message>
</context>
<context>
    <name>Who</name>
    <message>
        <source>This person is not at this point any more. What was typed stands in the form.</source>
        <translation>此人的记录已不在本点，填写的内容还在表里。</translation>
    </message>
</context>
<context>
    <name>WhoStep</name>
    <message>
        <source>You and your password</source>
        <translation>您和密码</translation>
    </message>
    <message>
        <source>Who are you?</source>
        <translation>您是哪一位？</translation>
    </message>
    <message>
        <source>These people stand in the file. Others can be added later in the settings.</source>
        <translation>启用文件里有这些工作人员。其他人以后可在“设置”里添加。</translation>
    </message>
    <message>
        <source>Initials, or ↓ for all</source>
        <translation>输入首字母，或按 ↓ 看全部</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>设定密码</translation>
    </message>
    <message>
        <source>All data on this computer is locked with it. Nobody can read it out; if you forget it, ask the center.</source>
        <translation>这台电脑上的数据都用它上锁，没有密码谁也读不出来。忘了密码请找中心。</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Aidpoint</source>
        <translation>救助点</translation>
    </message>
</context>
<context>
    <name>WriteOffForm</name>
    <message>
        <source>Cause</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Written off: {goods}</source>
        <translation>已报损：{goods}</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>Nothing is listed yet: say how many of which lot</source>
        <translation>还没有列出批次和数量</translation>
    </message>
</context>
<context>
    <name>_Added</name>
    <message>
        <source>Photo</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>What it shows</source>
        <translation>照片里是什么</translation>
    </message>
    <message>
        <source>What the photo shows</source>
        <translation>照片说明</translation>
    </message>
    <message>
        <source>Take out</source>
        <translation>去掉</translation>
    </message>
</context>
</TS>
