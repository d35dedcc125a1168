"""Writes versions.json: how Python's `packaging` reads and orders versions. Run with a Python that has it; the argument is the output."""
import json,random,sys
from packaging.version import Version, InvalidVersion
r=random.Random(3)
def one():
    s=r.choice(["","","","v","1!"])+".".join(str(r.choice([0,1,2,10,15])) for _ in range(r.randint(1,4)))
    if r.random()<.4: s+=r.choice(["","-","_","."])+r.choice(["a","alpha","b","beta","rc","c","pre","preview","RC"])+r.choice(["","1","-2",".03"])
    if r.random()<.3: s+=r.choice(["-1",".post","post2","-r3",".rev-4","-post.1"])
    if r.random()<.3: s+=r.choice(["","-",".","_"])+"dev"+r.choice(["","1",".2"])
    if r.random()<.2: s+="+"+r.choice(["a","1","a.1","1.a","ubuntu-2","a_b","10"])
    if r.random()<.05: s+="x"
    return s
vs=sorted({one() for _ in range(160)})
out=[];ok=[]
for v in vs:
    try: p=Version(v); ok.append((p,v)); out.append([v,str(p),p.is_prerelease])
    except InvalidVersion: out.append([v,None,False])
ok.sort(key=lambda x:(x[0],x[1]))
ranks=[];prev=None;n=-1
for p,v in ok:
    if prev is None or p!=prev: n+=1
    prev=p; ranks.append([v,n])
json.dump({"versions":out,"ranks":ranks},open(sys.argv[1],"w"),indent=None,ensure_ascii=True)
